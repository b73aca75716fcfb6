"""Every address of the installation: what it is called, what it needs, and which rule it states."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from contracts.api.base import ApiMixin
from contracts.support import RULE, SupportSite
from kpotracker.toolkit.rules import Rule

_PLACE = re.compile(r"<(?:[^:>]+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
_ENDS = re.compile(r"^\^|\$$|\\Z$")


@dataclass(frozen=True)
class Route:
    """One address. ``path``: with ``<name>`` where something has to be filled in."""

    path: str
    name: str
    callback: Any

    @property
    def places(self) -> list[tuple[str, str]]:
        """(the fixed part before it, its name) of everything to fill in."""
        found, before = [], ""
        for part in self.path.split("/"):
            match = re.fullmatch(r"<(\w+)>", part)
            if match:
                found.append((before, match[1]))
            elif "<" in part:
                fixed = part[: part.index("<")] or before
                found += [(fixed, name) for name in re.findall(r"<(\w+)>", part)]
            elif part:
                before = part
        return found

    @property
    def is_api(self) -> bool:
        return f"{self.path}/".startswith("/api/v1/")

    @property
    def is_admin(self) -> bool:
        return self.path.startswith("/admin/")

    @property
    def rule(self) -> Rule | None:
        """What the address declares about who may call it; None where it declares nothing."""
        return rule_of(self.callback)

    def filled(self, values: dict[tuple[str, str], Any]) -> str:
        path = self.path
        for place in self.places:
            path = path.replace(f"<{place[1]}>", str(values[place]), 1)
        return path


def rule_of(callback: Any) -> Rule | None:
    stated = getattr(callback, "rule", None)
    if isinstance(stated, Rule):
        return stated
    if isinstance(getattr(callback, "admin_site", None), SupportSite):
        return RULE
    owner = getattr(callback, "model_admin", None)
    if isinstance(owner, ModelAdmin) and isinstance(owner.admin_site, SupportSite):
        return RULE
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if isinstance(view, type) and issubclass(view, ApiMixin):
        return Rule(methods=tuple(view.scopes))
    return getattr(view, "rule", None)


def routes(urlconf: Any = None) -> list[Route]:
    """Every address below ``urlconf``, or of the whole installation."""
    return list(_walk(get_resolver(urlconf), "/", ""))


def undeclared(found: list[Route]) -> list[str]:
    """The addresses that state no rule."""
    return [route.path for route in found if route.rule is None]


def _walk(resolver: URLResolver, path: str, namespace: str) -> Iterator[Route]:
    for each in resolver.url_patterns:
        here = path + _text(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from _walk(each, here, inner)
        elif isinstance(each, URLPattern):
            yield Route(here, f"{namespace}{each.name or ''}", each.callback)


def _text(pattern: Any) -> str:
    text = str(pattern)
    if not isinstance(pattern, RoutePattern):
        text = _ENDS.sub("", _ENDS.sub("", text))
    return _PLACE.sub(lambda match: f"<{match[1] or match[2]}>", text)
