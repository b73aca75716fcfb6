"""Pictures of the main pages for README and docs: `python -m tests.browser.pictures [--to DIR]`.

Loads the demonstration into a directory of its own, serves it, and looks at it with a browser.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from playwright.sync_api import Browser, sync_playwright

from tests.services import ROOT

_CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
_WIDE, _PHONE = 1280, 390


class Picture(NamedTuple):
    """``who`` opens ``address``; ``width`` in pixels, ``height`` 0 for the whole page."""

    name: str
    who: str
    address: str
    width: int = _WIDE
    height: int = 900
    scheme: str = "light"
    follow: str = ""  # the text of a link to click once there


PICTURES: Final = (
    Picture("scorecard", "analyst", "/contracts/HAL-SOW-01/?period=2026-09"),
    Picture("scorecard-dark", "analyst", "/contracts/HAL-SOW-01/?period=2026-09", scheme="dark"),
    Picture("home", "operations", "/"),
    Picture("home-phone", "operations", "/", width=_PHONE),
    Picture("breaches", "operations", "/breaches/"),
    Picture(
        "case", "operations", "/breaches/?vendor=halcyon&state=acknowledged", follow="Forecast bias"
    ),
    Picture("months", "operations", "/months/?period=2026-09"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--data", type=Path, help="a demonstration that is loaded already")
    options = parser.parse_args()
    if _CHROMIUM is None:
        print("chromium is not installed: pictures need a browser", file=sys.stderr)
        return 1
    options.to.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="kpotracker-pictures-") as own:
        data = options.data or Path(own)
        _manage(data, "demo", "--no-serve")
        with _served(data) as url, sync_playwright() as driver:
            launched = driver.chromium.launch(
                executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            for picture in PICTURES:
                _take(launched, url, picture, _logins(data), options.to)
    return 0


def _take(
    browser: Browser, url: str, picture: Picture, logins: dict[str, str], folder: Path
) -> None:
    context = browser.new_context(
        base_url=url,
        viewport={"width": picture.width, "height": picture.height or 900},
        color_scheme=picture.scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(f"/login/?next={picture.address}")
    page.get_by_label("Username").fill(picture.who)
    page.get_by_label("Password").fill(logins[picture.who])
    page.get_by_role("button", name="Sign in").click()
    page.goto(picture.address)
    if picture.follow:
        page.get_by_role("link", name=picture.follow).first.click()
    path = folder / f"{picture.name}.png"
    page.screenshot(path=path, full_page=picture.height == 0)
    print(path)
    context.close()


def _logins(data: Path) -> dict[str, str]:
    lines = (data / "demo" / "logins.txt").read_text(encoding="utf-8").splitlines()
    return {user: password for user, password, *_ in (line.split() for line in lines)}


def _manage(data: Path, *arguments: str) -> None:
    subprocess.run(_command(*arguments), env=_environment(data), cwd=ROOT, check=True)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def _environment(data: Path) -> dict[str, str]:
    own = {key: text for key, text in os.environ.items() if key not in {"DATABASE_URL", "KPO_ENV"}}
    return own | {"DATA_DIR": str(data), "REDIS_URL": ""}


@contextmanager
def _served(data: Path) -> Iterator[str]:
    """The address of a server over ``data`` that is gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        _command("runserver", "--noreload", f"127.0.0.1:{port}"),
        env=_environment(data),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError("the server did not answer")


if __name__ == "__main__":
    sys.exit(main())
