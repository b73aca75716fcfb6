"""What docs/alerts.md says of alerts is what they do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.conf import LazySettings

from contracts.models import User
from metrics.alerts.channels import webhook
from metrics.alerts.channels.base import Parcel, SendError
from metrics.alerts.channels.other import SERVICES
from metrics.alerts.reminders import AHEAD
from metrics.alerts.rendering import Content, Item
from metrics.alerts.routing import DEFAULTS
from metrics.models import AlertEvent
from tests.services import ROOT

PAGE = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjd3"
AT = "2026-11-02T08:00:00+00:00"
NOTICE = Item("transition:7", "breach", "major", "Case opened", "…", "https://kpi.test/1/", AT)


def table(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^\|(.*)\|$", section, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def test_the_kinds_of_events_are_all_of_them() -> None:
    kinds = {kind.label for kind in AlertEvent.Kind} - {AlertEvent.Kind.TEST.label}
    assert {row[0] for row in table("What there is to be told of")} == kinds


def test_the_days_before_a_date_are_those_in_force() -> None:
    days = sorted(AHEAD, reverse=True)
    assert f"is {', '.join(map(str, days[:-1]))} and {days[-1]} days away" in PAGE


def test_the_defaults_of_each_role_are_those_in_force() -> None:
    rows = table("Who is told on the pages without subscribing")
    said = {role: (least, set(kinds.split(", "))) for role, least, kinds in rows}
    in_force = {
        User.Role(role).label.lower(): (
            default.least_severity,
            {AlertEvent.Kind(kind).label.lower() for kind in default.kinds},
        )
        for role, default in DEFAULTS.items()
    }
    assert said == in_force


def test_the_services_are_those_that_are_served() -> None:
    named = next(row[2] for row in table("Channels") if row[0] == "Another service")
    assert set(named.split(", ")) == {name for name, _, _ in SERVICES.values()}


def test_the_receiver_takes_a_message_prints_it_once_and_refuses_a_forged_one(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    with _receiving() as url:
        webhook.send(_parcel(url, SECRET))
        webhook.send(_parcel(url, SECRET))
        forged = _parcel(url, "whsec_" + "A" * 32)
        with pytest.raises(SendError, match=r"127\.0\.0\.1 answered 400"):
            webhook.send(forged)
    assert capsys.readouterr().out == "major Case opened https://kpi.test/1/\n"


def test_the_body_has_the_members_that_are_named() -> None:
    body = webhook.payload(_parcel("https://hooks.test/", SECRET))
    (named,) = re.findall(r"objects with (`id`.*?`at`)\.", PAGE, re.DOTALL)
    (kind,) = re.findall(r"`type` \(`(.+?)`\)", PAGE)
    (notice,) = body["data"]["notices"]
    assert re.findall(r"`(\w+)`", named) == list(notice)
    assert set(body) == {"type", "timestamp", "data"}
    assert body["type"] == kind


def _parcel(url: str, secret: str) -> Parcel:
    content = Content("Case opened", (NOTICE,))
    return Parcel("msg_1", {"url": url, "key": secret}, content, datetime.now(UTC))


@contextmanager
def _receiving() -> Iterator[str]:
    """The address of the receiver that the page shows, as long as it runs."""
    (snippet,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(compile(snippet, "docs/alerts.md", "exec"), names)
    names["Receiver"].log_message = lambda *_: None
    server = HTTPServer(("127.0.0.1", 0), names["Receiver"])
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
