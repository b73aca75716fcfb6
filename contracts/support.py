"""Django's admin as the house keeps it: for administrators, scoped, and told of in the trail."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from contracts.models import User
from contracts.selectors.duties import Duty
from kpotracker.toolkit.rules import Rule, public

_View = Callable[..., HttpResponse]
RULE = Rule(duties=(Duty.PEOPLE,), methods=("GET", "HEAD", "POST"))


def may_support(request: HttpRequest) -> bool:
    """Administrators by their own role only: standing in for one opens the pages, not this."""
    user = request.user
    return (
        isinstance(user, User)
        and user.is_active
        and user.is_staff
        and user.role == User.Role.ADMINISTRATOR
    )


class SupportSite(AdminSite):
    """One sign-in for everything, and the same 404 for whoever has no business here."""

    site_header = site_title = "kpotracker support"
    index_title = "Records"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return may_support(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """``view`` for administrators; others sign in first, and then find nothing here."""
        guarded = super().admin_view(view, cacheable)

        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may_support(request):
                raise Http404("not for this reader")
            response: HttpResponse = guarded(request, *args, **kwargs)
            return response

        answered.rule = RULE  # type: ignore[attr-defined]
        return answered

    @public("GET", "HEAD", "POST")
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one sign-in page, with its lockout and second factor."""
        return redirect_to_login(self._next(request))

    def _next(self, request: HttpRequest) -> str:
        return request.GET.get("next") or request.path.removesuffix("login/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """There is one page for that too, which the trail tells of."""
        return redirect("password-change")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account")
