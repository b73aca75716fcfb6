"""Pages with figures: what they share beyond signing in and scope."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from contracts.pages import base
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from metrics.selectors.spans import SpanError

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, Scope, _P], HttpResponseBase]
_Page = Callable[Concatenate[HttpRequest, _P], HttpResponseBase]


def page(*duties: Duty, writes: bool = False) -> Callable[[_View[_P]], _Page[_P]]:
    """A page as ``contracts.pages.base.page`` makes it; a period that is none is answered with
    400 and the way out."""

    def decorated(view: _View[_P]) -> _Page[_P]:
        @wraps(view)
        def answered(
            request: HttpRequest, scope: Scope, /, *args: _P.args, **kwargs: _P.kwargs
        ) -> HttpResponseBase:
            try:
                return view(request, scope, *args, **kwargs)
            except SpanError as error:
                context = {"reason": str(error)}
                return render(request, "kpotracker/refused.html", context, status=400)

        return base.page(*duties, writes=writes)(answered)

    return decorated
