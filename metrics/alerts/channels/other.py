"""Other services, through apprise: those whose code was read and speaks by requests alone.

Apprise's plugins make their own HTTP requests, so the name ``requests`` in each of their modules
is replaced by one that leaves through the safe client. A plugin that is not listed is refused
before apprise sees its address.
"""

import logging
from contextvars import ContextVar
from importlib import import_module
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import requests

from kpotracker.toolkit.addresses import ForbiddenAddressError
from kpotracker.toolkit.deadline import Deadline
from kpotracker.toolkit.outgoing import OutgoingError, SafeSession
from metrics.alerts.channels.base import Parcel, SendError

TOTAL_S = 20.0
# The scheme of an address: what people call the service, and apprise's module and class of it.
SERVICES: Final = {
    "discord": ("Discord", "discord", "NotifyDiscord"),
    "gchat": ("Google Chat", "google_chat", "NotifyGoogleChat"),
    "gotify": ("Gotify", "gotify", "NotifyGotify"),
    "gotifys": ("Gotify", "gotify", "NotifyGotify"),
    "mmost": ("Mattermost", "mattermost", "NotifyMattermost"),
    "mmosts": ("Mattermost", "mattermost", "NotifyMattermost"),
    "ntfy": ("ntfy", "ntfy", "NotifyNtfy"),
    "ntfys": ("ntfy", "ntfy", "NotifyNtfy"),
    "pagerduty": ("PagerDuty", "pagerduty", "NotifyPagerDuty"),
    "pover": ("Pushover", "pushover", "NotifyPushover"),
    "rocket": ("Rocket.Chat", "rocketchat", "NotifyRocketChat"),
    "rockets": ("Rocket.Chat", "rocketchat", "NotifyRocketChat"),
    "tgram": ("Telegram", "telegram", "NotifyTelegram"),
    "wxteams": ("Webex Teams", "webexteams", "NotifyWebexTeams"),
    "zulip": ("Zulip", "zulip", "NotifyZulip"),
}

# Options of an address that name neither files nor other addresses.
OPTIONS: Final = frozenset(
    {"channel", "format", "mode", "priority", "tags", "thread", "to", "token", "topic"}
)

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines repeat addresses and keys


class _Way:
    """How the requests of one message leave, and what came back last."""

    def __init__(self, deadline: Deadline) -> None:
        self.session = SafeSession(deadline)
        self.said = ""


_way: ContextVar[_Way | None] = ContextVar("way", default=None)


class _SafeRequests:
    """Stands in for the module ``requests`` in a plugin: the same names, the safe way out."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        way = _way.get()
        if way is None:
            raise requests.exceptions.InvalidURL("a plugin asked outside a send: nothing is asked")
        host = urlsplit(url).hostname
        try:
            response = way.session.ask(method, url, **kwargs)
        except (ForbiddenAddressError, OutgoingError) as error:
            way.said = str(error)
            raise requests.exceptions.InvalidURL("refused") from None
        except requests.RequestException:
            way.said = f"{host} did not answer, or may not be called"
            raise
        way.said = f"{host} answered {response.status_code}"
        return response

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("GET", url, **kwargs)

    def post(self, url: str, data: Any = None, json: Any = None, **kw: Any) -> requests.Response:
        return self.request("POST", url, data=data, json=json, **kw)

    def put(self, url: str, data: Any = None, **kwargs: Any) -> requests.Response:
        return self.request("PUT", url, data=data, **kwargs)

    def Session(self) -> Any:  # noqa: N802  as requests calls it
        raise requests.exceptions.InvalidURL("plugins open no session of their own")


SAFE_REQUESTS = _SafeRequests()


def service_of(url: str) -> str:
    """The name of the service behind an apprise address. Raises SendError for one not listed."""
    scheme = _scheme(url)
    if scheme not in SERVICES:
        known = ", ".join(sorted({name for name, _, _ in SERVICES.values()}))
        raise SendError(f"this kind of address is not served: it may be one of {known}")
    asked = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    if asked - OPTIONS:
        kept = ", ".join(sorted(OPTIONS))
        raise SendError(f"the address has options that are not served: it may have {kept}")
    return SERVICES[scheme][0]


def plugin_of(url: str) -> Any:
    """Apprise's plugin for ``url``, its requests turned to the safe client; no other plugin is
    loaded. Raises SendError."""
    name = service_of(url)
    _, module_name, kind = SERVICES[_scheme(url)]
    module = import_module(f"apprise.plugins.{module_name}")
    module.requests = SAFE_REQUESTS  # type: ignore[attr-defined]
    plugin = getattr(module, kind)
    try:
        given = plugin.parse_url(url)
        return plugin(**given)
    except Exception:  # apprise raises TypeErrors, and its texts repeat the address
        raise SendError(f"the address is not one of {name}: copy it again") from None


def _scheme(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    return scheme.lower() if separator else ""


def send(parcel: Parcel) -> str:
    """Hand the notices to the plugin of the channel's address."""
    plugin = plugin_of(parcel.secret["url"])
    with Deadline(TOTAL_S) as deadline:
        way = _Way(deadline)
        token = _way.set(way)
        try:
            taken = plugin.notify(body=parcel.content.text, title=parcel.content.subject)
        except Exception:  # a plugin's own text may repeat its keys
            taken = False
        finally:
            _way.reset(token)
            way.session.close()
    if not taken:
        raise SendError(way.said or "the service did not take it")
    return way.said or "the service took it"
