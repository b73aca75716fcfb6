"""What every page does: sign-in first, then a scope, then 404 for what lies outside it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope, visible_to

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, Scope, _P], HttpResponse]


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way from the overview to a page; ``url`` is empty for the page itself."""

    text: str
    url: str = ""


def page(view: _View[_P]) -> Callable[Concatenate[HttpRequest, _P], HttpResponse]:
    """A page for signed-in readers; ``view`` takes the request and the reader's scope."""

    @wraps(view)
    def scoped(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        if "\x00" in request.path:  # PostgreSQL takes no NUL, not even to look for it
            raise Http404("no code holds a NUL")
        try:
            return view(request, visible_to(request.user), *args, **kwargs)
        except UnknownCodeError as error:
            raise Http404(str(error)) from error

    return require_safe(login_required(scoped))


def paged(request: HttpRequest, records: QuerySet[Any], *, size: int) -> Page[Any]:
    """The page of ``records`` that the address names; beyond the ends, the nearest one."""
    return Paginator(records, size).get_page(request.GET.get("page"))
