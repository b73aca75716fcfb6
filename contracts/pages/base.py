"""What every page does: sign-in first, then a scope, then 404 for what lies outside it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope, visible_to
from kpotracker.toolkit.rules import Rule

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, Scope, _P], HttpResponseBase]
_Page = Callable[Concatenate[HttpRequest, _P], HttpResponseBase]
READING = ("GET", "HEAD")
WRITING = (*READING, "POST")


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way from the overview to a page; ``url`` is empty for the page itself."""

    text: str
    url: str = ""


def page(*duties: Duty, writes: bool = False) -> Callable[[_View[_P]], _Page[_P]]:
    """A page for signed-in readers who hold one of ``duties``, or for all where none is named.

    The view takes the request and the reader's scope. ``writes``: it also takes POST. Whoever
    lacks the duty gets the same 404 as for a record that does not exist.
    """

    def decorated(view: _View[_P]) -> _Page[_P]:
        @wraps(view)
        def scoped(
            request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs
        ) -> HttpResponseBase:
            if "\x00" in request.path:  # PostgreSQL takes no NUL, not even to look for it
                raise Http404("no code holds a NUL")
            scope = visible_to(request.user, timezone.now().date())
            request.scope = scope  # type: ignore[attr-defined]
            if not scope.may(*duties):
                raise Http404("not for this reader")
            try:
                return view(request, scope, *args, **kwargs)
            except UnknownCodeError as error:
                raise Http404(str(error)) from error

        methods = WRITING if writes else READING
        guarded = require_http_methods(methods)(login_required(scoped))
        guarded.rule = Rule(duties=duties, methods=methods)  # type: ignore[attr-defined]
        return guarded

    return decorated


def paged(request: HttpRequest, records: QuerySet[Any], *, size: int) -> Page[Any]:
    """The page of ``records`` that the address names; beyond the ends, the nearest one."""
    return Paginator(records, size).get_page(request.GET.get("page"))
