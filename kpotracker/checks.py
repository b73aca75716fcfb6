"""What production refuses, as system checks with ids and hints.

They run with every management command, and at the start of web servers, workers and beat.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from kpotracker.environment import redis_is_open

_LEAST_KEY = 50
_LEAST_DIFFERENT = 15
_WEAK_WORDS = ("django-insecure", "changeme", "change-me", "secret", "password", "example")


@register(Tags.security)
def production_is_safe(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """All errors of a production installation at once; a development one has none."""
    return [*_everywhere(), *(_in_production() if settings.PRODUCTION else ())]


def refuse_unsafe() -> None:
    """Raise ImproperlyConfigured with every error; a server calls it, as it runs no checks."""
    errors = production_is_safe()
    if errors:
        lines = [f"{error.id}: {error.msg} {error.hint}" for error in errors]
        raise ImproperlyConfigured("\n".join(lines))


def _everywhere() -> Iterator[CheckMessage]:
    if settings.TIME_ZONE != "UTC" or not settings.USE_TZ:
        yield Error(
            f"TIME_ZONE is {settings.TIME_ZONE!r} and USE_TZ is {settings.USE_TZ}.",
            hint="Keep UTC; a contract's zone belongs to its measurement periods.",
            id="kpotracker.E006",
        )
    if urlsplit(settings.PUBLIC_URL).scheme not in {"http", "https"}:
        yield Error(
            f"PUBLIC_URL {settings.PUBLIC_URL!r} is not an http or https address.",
            hint="Write the address people use, such as https://kpi.company.test.",
            id="kpotracker.E007",
        )


def _in_production() -> Iterator[CheckMessage]:
    if reason := _weakness(_secret_key()):
        yield Error(
            f"SECRET_KEY {reason}.",
            hint=(
                "Set SECRET_KEY or SECRET_KEY_FILE to "
                "`python -c 'import secrets; print(secrets.token_urlsafe(64))'`."
            ),
            id="kpotracker.E001",
        )
    if settings.ALERTS_KEY and (reason := _weakness(settings.ALERTS_KEY)):
        yield Error(
            f"ALERTS_KEY {reason}.",
            hint="Make it as SECRET_KEY is made, or unset it: then SECRET_KEY serves.",
            id="kpotracker.E008",
        )
    if settings.DEBUG:
        yield Error(
            "DEBUG is on, and its error pages show settings and data.",
            hint="Unset DEBUG.",
            id="kpotracker.E002",
        )
    yield from _hosts()
    if redis_is_open(settings.REDIS_URL):
        yield Error(
            "REDIS_URL has no password, and its Redis is not on this machine.",
            hint="Give Redis a password (requirepass) and write redis://:password@host:6379/0.",
            id="kpotracker.E004",
        )


def _hosts() -> Iterator[CheckMessage]:
    loose = [host for host in settings.ALLOWED_HOSTS if host.startswith(("*", "."))]
    if not settings.ALLOWED_HOSTS or loose:
        yield Error(
            f"ALLOWED_HOSTS is {settings.ALLOWED_HOSTS!r}: it must name every host, without *.",
            hint="Set ALLOWED_HOSTS to the names people use, separated by commas.",
            id="kpotracker.E003",
        )
    plain = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if not origin.startswith("https:")]
    if plain:
        yield Error(
            f"CSRF_TRUSTED_ORIGINS {plain!r} would accept forms sent without TLS.",
            hint="Write origins that begin with https://.",
            id="kpotracker.E005",
        )


def _secret_key() -> str:
    try:
        return settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's answer to an empty one
        return ""


def _weakness(key: str) -> str:
    """Why ``key`` is not a secret, without showing it; empty when it may be one."""
    if not key:
        return "is not set"
    if len(key) < _LEAST_KEY:
        return f"has {len(key)} characters, and needs at least {_LEAST_KEY}"
    if len(set(key)) < _LEAST_DIFFERENT:
        return f"has {len(set(key))} different characters, and needs at least {_LEAST_DIFFERENT}"
    word = next((word for word in _WEAK_WORDS if word in key.lower()), "")
    return f"contains the word {word!r}, so it was not made at random" if word else ""
