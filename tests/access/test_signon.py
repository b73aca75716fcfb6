"""Sign-on through a provider and the second factor, in an installation that has them switched on.

A provider of our own answers on loopback; the installation is a process of its own, as settings
decide at its start which applications there are.
"""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.house.commands import environment, manage
from tests.services import ROOT

pytestmark = pytest.mark.slow
PASSWORD = "correct-horse-battery-staple"
PEOPLE = """
from contracts.models import User
for name in ("ada", "otto", "mira"):
    User.objects.create_user(name, f"{name}@buyer.test", "{password}", role="administrator")
"""


class Provider(ThreadingHTTPServer):
    """Says of whoever comes what ``claims`` holds."""

    claims: dict[str, Any] = {}

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        issuer = self.server.issuer
        path = urlsplit(self.path)
        if path.path == "/.well-known/openid-configuration":
            names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
            self._say({"issuer": issuer} | {name: f"{issuer}/{name}" for name in names})
        elif path.path == "/authorization_endpoint":
            asked = parse_qs(path.query)
            onward = urlencode({"code": "c0de", "state": asked["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri'][0]}?{onward}")
            self.end_headers()
        else:
            self._say(self.server.claims)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        now = int(time.time())
        about = {"iss": self.server.issuer, "aud": "kpo", "iat": now, "exp": now + 60}
        parts = [{"alg": "RS256", "kid": "1"}, about | self.server.claims]
        coded = [urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts]
        token = ".".join([*coded, "c2ln"])
        self._say({"access_token": "t", "token_type": "Bearer", "id_token": token})

    def _say(self, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@dataclass
class Page:
    status: int
    url: str
    body: str
    policy: str


@dataclass
class Browser:
    """Follows redirects and keeps cookies, as a browser without scripts does."""

    base: str
    jar: CookieJar = field(default_factory=CookieJar)

    def get(self, path: str) -> Page:
        return self._open(Request(self.base + path))

    def submit(self, page: Page, path: str = "", **form: str) -> Page:
        """Send the form of ``page`` to ``path``, or to the page's own address."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
        assert token, page.body
        data = urlencode({"csrfmiddlewaretoken": token[1]} | form).encode()
        return self._open(Request(self.base + path if path else page.url, data=data))

    def sign_in(self, name: str, password: str = PASSWORD) -> Page:
        return self.submit(self.get("/login/"), username=name, password=password)

    def sign_on(self) -> Page:
        return self.submit(self.get("/login/"), "/sign-on/oidc/login/")

    def _open(self, request: Request) -> Page:
        opener = build_opener(HTTPCookieProcessor(self.jar))
        try:
            answer = opener.open(request, timeout=20)
        except HTTPError as error:
            answer = error
        policy = answer.headers.get("Content-Security-Policy", "")
        return Page(answer.status, answer.url, answer.read().decode(), policy)


@dataclass
class Installation:
    base: str
    provider: Provider
    data: Path
    variables: dict[str, str]

    def browser(self) -> Browser:
        return Browser(self.base)

    def shell(self, code: str) -> str:
        done = manage(self.data, "shell", "-v", "0", "-c", code, **self.variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    server = Provider(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def installed(provider: Provider, tmp_path_factory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("installed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    variables = {
        "MFA": "1",
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": "kpo",
        "OIDC_CLIENT_SECRET": "s3cret",
        "OIDC_NAME": "the company login",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    made = Installation(f"http://127.0.0.1:{port}", provider, data, variables)
    migrate = [sys.executable, "manage.py", "migrate", "-v", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environment(data, **variables), check=True)
    made.shell(PEOPLE.replace("{password}", PASSWORD))
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    log = (data / "log").open("w")
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(data, **variables), stdout=log, stderr=log
    ) as server:
        _wait_for(port)
        yield made
        server.terminate()
    log.close()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the installation did not start")


def says(provider: Provider, email: str, *, verified: Any = True, sub: str = "") -> None:
    provider.claims = {"sub": sub or email, "email": email, "email_verified": verified}


class TestSignOn:
    def test_who_is_known_by_a_verified_address_is_let_in(self, installed: Installation) -> None:
        says(installed.provider, "Ada@Buyer.test")
        browser = installed.browser()
        assert "Sign in with the company login" in browser.get("/login/").body

        browser.sign_on()

        assert "You sign in as <strong" in browser.get("/account/").body
        assert ">ada<" in browser.get("/account/").body

    @pytest.mark.parametrize(
        ("email", "verified"),
        [("stranger@buyer.test", True), ("otto@buyer.test", False), ("otto@buyer.test", "false")],
    )
    def test_who_is_not_known_or_not_verified_gets_nothing(
        self, installed: Installation, email: str, verified: Any
    ) -> None:
        says(installed.provider, email, verified=verified, sub=f"{email} {verified}")
        browser = installed.browser()

        answer = browser.sign_on()

        assert (answer.status, "You were not invited yet" in answer.body) == (403, True)
        assert "/login/" in browser.get("/account/").url
        assert (
            installed.shell("from contracts.models import User; print(User.objects.count())") == "3"
        )

    def test_forms_may_lead_to_the_provider_and_nowhere_else(self, installed: Installation) -> None:
        policy = installed.browser().get("/login/").policy

        assert f"form-action 'self' {installed.provider.issuer}" in policy
        assert "unsafe" not in policy

    @pytest.mark.parametrize("path", ["/signup/", "/sign-on/signup/", "/accounts/signup/"])
    def test_nobody_signs_up(self, installed: Installation, path: str) -> None:
        assert installed.browser().get(path).status == 404


class TestSecondFactor:
    def codes_of(self, secret: str) -> str:
        from base64 import b32decode
        from hashlib import sha1
        from hmac import new
        from struct import pack, unpack

        digest = new(b32decode(secret), pack(">Q", int(time.time()) // 30), sha1).digest()
        at = digest[-1] & 15
        return f"{(unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"

    def test_it_is_set_up_asked_for_and_guessing_at_it_locks(self, installed: Installation) -> None:
        browser = installed.browser()
        browser.sign_in("mira")
        form = browser.get("/account/factor/app/")
        if "Confirm that it is you" in form.body:
            form = browser.submit(form, password=PASSWORD)
        (secret,) = re.findall(r"<code>([A-Z2-7]{16,})</code>", form.body)

        done = browser.submit(form, code=self.codes_of(secret))
        assert done.status == 200
        assert "Recovery codes" in done.body

        other = installed.browser()
        asked = other.sign_in("mira")
        assert "Enter your code" in asked.body
        assert "/login/" in other.get("/account/").url
        stored = "from allauth.mfa.models import Authenticator as A; print(list(A.objects.values_list('data')))"
        assert secret not in installed.shell(stored)

        said = [other.submit(asked, code="000000").status for _ in range(5)]
        assert said == [200, 200, 200, 200, 429]
        assert installed.browser().sign_in("mira").status == 429

    def test_who_has_none_signs_in_with_the_password(self, installed: Installation) -> None:
        browser = installed.browser()
        browser.sign_in("otto")

        assert ">otto<" in browser.get("/account/").body


def test_without_the_settings_none_of_it_is_there(client) -> None:
    for path in ("/sign-on/oidc/login/", "/account/factor/", "/login/code/"):
        assert client.get(path).status_code == 404


def test_every_address_states_its_rule_there_too(installed: Installation) -> None:
    code = (
        "from tests.access.routes import routes, undeclared; "
        "print(undeclared(routes()), len([r for r in routes() if 'factor' in r.path]))"
    )
    assert installed.shell(code) == "[] 7"
