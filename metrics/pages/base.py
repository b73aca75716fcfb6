"""Pages with figures: what they share beyond signing in and scope."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from contracts.pages import base
from contracts.selectors.scope import Scope
from metrics.selectors.spans import SpanError

_P = ParamSpec("_P")


def page(
    view: Callable[Concatenate[HttpRequest, Scope, _P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponse]:
    """A page for signed-in readers; a period that is none is answered with 400 and the way out."""

    @wraps(view)
    def answered(
        request: HttpRequest, scope: Scope, /, *args: _P.args, **kwargs: _P.kwargs
    ) -> HttpResponse:
        try:
            return view(request, scope, *args, **kwargs)
        except SpanError as error:
            context = {"reason": str(error)}
            return render(request, "kpotracker/refused.html", context, status=400)

    return base.page(answered)
