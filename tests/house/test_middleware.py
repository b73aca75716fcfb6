"""Headers of every response: caches, the content security policy, cookies and health."""

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from kpotracker.toolkit.middleware import PrivateResponsesMiddleware
from tests.house.commands import PRODUCTION, python


class Person:
    is_authenticated = True


def answer(user: object, headers: dict[str, str], cache_control: str | None) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        request.user = user  # type: ignore[assignment]
        response = HttpResponse("ok")
        if cache_control:
            response["Cache-Control"] = cache_control
        return response

    request = RequestFactory().get("/", headers=headers)
    response = PrivateResponsesMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize(
    ("user", "headers", "cache_control"),
    [
        (Person(), {}, None),
        (Person(), {}, "public, max-age=3600"),
        (AnonymousUser(), {}, None),
        (AnonymousUser(), {"Authorization": "Bearer x"}, "public, max-age=3600"),
        (AnonymousUser(), {"X-Api-Key": "x"}, "public, max-age=3600"),
    ],
)
def test_a_personal_answer_is_never_cached(
    user: object, headers: dict[str, str], cache_control: str | None
) -> None:
    response = answer(user, headers, cache_control)
    assert response["Cache-Control"] == "private, no-store"
    assert response["Vary"] == "Cookie, Authorization, X-Api-Key"


def test_a_public_answer_keeps_what_its_view_said() -> None:
    assert answer(AnonymousUser(), {}, "public, max-age=60")["Cache-Control"] == (
        "public, max-age=60"
    )


def test_health_is_answered_for_every_host_and_nothing_else_is(client: Client) -> None:
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).content == b"ok\n"
    assert client.get("/login/", headers={"host": "10.0.0.7"}).status_code == 400
    assert client.post("/healthz").status_code == 404


@pytest.mark.django_db
def test_pages_come_with_a_strict_policy_for_content(client: Client) -> None:
    response = client.get("/login/")
    policy = response["Content-Security-Policy"]
    assert response.status_code == 200
    assert "default-src 'self'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_cookies_are_kept_from_scripts_and_other_sites(client: Client) -> None:
    cookie = client.get("/login/").cookies["csrftoken"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_no_middleware_caches_pages(settings: Settings) -> None:
    assert [name for name in settings.MIDDLEWARE if "cache" in name.lower()] == []


def test_production_sends_cookies_over_tls_only(tmp_path: Path) -> None:
    ask = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT,"
        " s.SECURE_HSTS_SECONDS, s.SECURE_PROXY_SSL_HEADER)"
    )
    done = python(tmp_path, "-c", ask, DJANGO_SETTINGS_MODULE="kpotracker.settings", **PRODUCTION)
    assert done.stdout == "True True True 31536000 None\n"
