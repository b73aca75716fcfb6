"""Light, dark or as the reader's system says: a cookie set by a form, without any script."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from kpotracker.toolkit.rules import public

THEMES = ("light", "dark")
_COOKIE = "theme"
_YEAR = 365 * 24 * 60 * 60


@public("POST")
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme of the form; any other value goes back to the system's own."""
    response = HttpResponseRedirect(_back(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            _COOKIE,
            chosen,
            max_age=_YEAR,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(_COOKIE)
    return response


def _back(request: HttpRequest) -> str:
    """The page the form stood on, if it is one of ours."""
    page = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()})
    return page if ours else "/"
