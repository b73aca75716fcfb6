"""The environment, read once and strictly: every wrong value is named with its rule and a way out.

Settings call these functions and nothing else reads the environment. Each takes text and gives
a value, and raises ImproperlyConfigured with one sentence; passwords in URLs are never shown.
"""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})
_SECONDS = {"s": 1, "min": 60, "hour": 3600}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_HOST = re.compile(r"(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; "
    "PRAGMA journal_size_limit=67108864;"
)


def masked(url: str) -> str:
    """``url`` without its password and its query, which can hold one too."""
    address, query, _ = url.partition("?")
    scheme, separator, rest = address.rpartition("://")
    credentials, at, host = rest.rpartition("@")
    user, colon, _ = credentials.partition(":")
    hidden = f"{user}:***" if colon else credentials
    return f"{scheme}{separator}{hidden}{at}{host}" + ("?***" if query else "")


def text(environ: Mapping[str, str], name: str, default: str = "") -> str:
    """The variable ``name``, or the content of the file that ``name``_FILE points to."""
    path = environ.get(f"{name}_FILE", "")
    if not path:
        return environ.get(name, default).strip()
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE {path!r} cannot be read ({error.strerror}): "
            f"name a readable file, or set {name} itself."
        ) from None


def flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """A yes or no: 1, true, yes, on or 0, false, no, off."""
    value = environ.get(name, "1" if default else "0").strip().lower()
    if value in _TRUE | _FALSE:
        return value in _TRUE
    raise ImproperlyConfigured(f"{name} {value!r} is neither yes nor no: write 1 or 0.")


def whole(environ: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of zero or more."""
    value = environ.get(name, "").strip() or str(default)
    if value.isascii() and value.isdigit():
        return int(value)
    raise ImproperlyConfigured(
        f"{name} {value!r} is not a whole number: write digits only, such as {default}."
    )


def rate(environ: Mapping[str, str], name: str, default: str) -> tuple[int, int] | None:
    """(requests, seconds) of a rate such as 600/min; None for 0, which is no limit."""
    value = environ.get(name, "").strip() or default
    if value == "0":
        return None
    number, _, unit = value.partition("/")
    if number.isascii() and number.isdigit() and int(number) and unit in _SECONDS:
        return int(number), _SECONDS[unit]
    raise ImproperlyConfigured(
        f"{name} {value!r} is not a rate: write {default}, with s, min or hour, or 0 for no limit."
    )


def listed(environ: Mapping[str, str], name: str, default: str = "") -> list[str]:
    """A comma-separated list, without blanks."""
    return [part.strip() for part in environ.get(name, default).split(",") if part.strip()]


def choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``; the first one is the default."""
    value = environ.get(name, "").strip() or choices[0]
    if value in choices:
        return value
    raise ImproperlyConfigured(f"{name} {value!r} is unknown: write {' or '.join(choices)}.")


def directory(path: Path, name: str) -> Path:
    """``path``, made if it is missing."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} {str(path)!r} cannot be used ({error.strerror}): "
            f"set {name} to a directory this user may write."
        ) from None
    return path


def development_key(path: Path) -> str:
    """The secret key of a development checkout, made once and kept readable by its owner only."""
    if not path.exists():
        _create_whole(path, secrets.token_urlsafe(64))
    return path.read_text(encoding="ascii")


def _create_whole(path: Path, content: str) -> None:
    """Link a finished file into place, so that a second process never reads half a key."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def sqlite_url(path: Path) -> str:
    """The DATABASE_URL of the file at the absolute ``path``."""
    return f"sqlite:///{quote(str(path))}"


def database(url: str) -> dict[str, Any]:
    """Django's settings of one database, from sqlite:///path or postgres://user:password@host/name."""
    parts = _split(url, "DATABASE_URL", "sqlite:///path or postgres://user:password@host:5432/name")
    if parts.scheme == "sqlite":
        return _sqlite(url, parts)
    if parts.scheme in {"postgres", "postgresql"}:
        return _postgresql(url, parts)
    raise _wrong(
        "DATABASE_URL",
        url,
        "its scheme must be sqlite or postgres",
        "write sqlite:///path or postgres://user:password@host:5432/name",
    )


def _sqlite(url: str, parts: SplitResult) -> dict[str, Any]:
    path = unquote(parts.path)[1:]
    if parts.netloc or not path or path == ":memory:":
        raise _wrong(
            "DATABASE_URL",
            url,
            "SQLite needs a file",
            "write three slashes and a relative path, or four and an absolute one",
        )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_PRAGMAS,
        },
    }


def _postgresql(url: str, parts: SplitResult) -> dict[str, Any]:
    name = unquote(parts.path)[1:]
    if not name or "/" in name:
        raise _wrong(
            "DATABASE_URL",
            url,
            "PostgreSQL needs the name of one database",
            "end the URL with /name",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _postgresql_options(dict(parse_qsl(parts.query))),
    }


def _postgresql_options(query: dict[str, str]) -> dict[str, Any]:
    # Compiling plans just in time costs more than it saves on short statements.
    return {"connect_timeout": 5, "options": "-c jit=off", "application_name": "kpotracker"} | query


def redis(url: str) -> str:
    """``url`` when it can be a Redis, or an empty string when there is none."""
    if not url:
        return ""
    form = "redis://:password@host:6379/0"
    parts = _split(url, "REDIS_URL", form)
    database_number = parts.path.removeprefix("/") or "0"
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise _wrong(
            "REDIS_URL",
            url,
            "it must name a host behind redis:// or rediss://",
            f"write {form}, or unset it to work without Redis",
        )
    if not database_number.isdigit():
        raise _wrong("REDIS_URL", url, "the database must be a number", f"write {form}")
    return url


def provider(environ: Mapping[str, str]) -> dict[str, Any]:
    """allauth's settings of the identity provider that OIDC_ISSUER names."""
    issuer = environ["OIDC_ISSUER"].strip()
    origin(issuer)
    client, secret = environ.get("OIDC_CLIENT_ID", "").strip(), text(environ, "OIDC_CLIENT_SECRET")
    if not client or not secret:
        raise ImproperlyConfigured(
            "OIDC_ISSUER is set without OIDC_CLIENT_ID and OIDC_CLIENT_SECRET: set all three, "
            "or none to sign on with passwords only."
        )
    application = {
        "provider_id": "oidc",
        "name": environ.get("OIDC_NAME", "").strip() or "single sign-on",
        "client_id": client,
        "secret": secret,
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }
    return {"APPS": [application], "SCOPE": ["openid", "profile", "email"]}


def origins(environ: Mapping[str, str], name: str) -> list[str]:
    """Origins of browser pages, each as a browser writes it: no path, no wildcard, no * for all."""
    found = listed(environ, name)
    for each in found:
        parts = _split(each, name, "https://bi.company.test")
        plain = f"{parts.scheme}://{parts.netloc}"
        if (
            parts.scheme not in {"http", "https"}
            or each != plain
            or not _HOST.fullmatch(parts.netloc)
        ):
            raise _wrong(
                name,
                each,
                "it is not an origin",
                "write https://bi.company.test, without a path, in small letters",
            )
    return found


def origin(url: str) -> str:
    """The scheme, host and port of ``url``; plain http only on this machine."""
    parts = _split(url, "OIDC_ISSUER", "https://login.company.test")
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    ):
        raise _wrong(
            "OIDC_ISSUER", url, "it must be an https address", "write https://login.company.test"
        )
    return f"{parts.scheme}://{parts.netloc}"


def redis_is_open(url: str) -> bool:
    """Whether anybody who reaches this Redis may use it: no password, and not on this machine."""
    if not url:
        return False
    parts = urlsplit(url)
    return not parts.password and parts.hostname not in _LOOPBACK


def _split(url: str, name: str, form: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _wrong(name, url, f"it is not a URL ({_plain(error)})", f"write {form}") from None
    return parts


def _plain(error: ValueError) -> str:
    """What is wrong with the address; the value itself could hold a piece of a password."""
    return "the port must be a number" if "ort" in str(error) else "the host is malformed"


def _wrong(name: str, url: str, rule: str, way_out: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} {masked(url)!r} cannot be used: {rule}; {way_out}.")
