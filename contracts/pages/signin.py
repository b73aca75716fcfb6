"""Signing in and out, and the page that says when a lock ends."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import login as auth_login
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.forms import TextInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from contracts.models import User
from contracts.services.lockout import address_of, locked_until, one_guess_at_a_time
from kpotracker.toolkit.rules import public


class SignInForm(AuthenticationForm):
    """Name and password; guesses at one name, or from one address, take turns."""

    # Declared with its limit: Django's own form sets that too late to be checked, and what counts
    # the failures has no room for more.
    username = UsernameField(max_length=150, widget=TextInput(attrs={"autofocus": True}))

    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        name = self.cleaned_data.get("username", "")
        refused: ValidationError
        with one_guess_at_a_time(name, address_of(self.request)):
            try:
                return super().clean()
            except ValidationError as error:  # kept, so that its failure is committed
                refused = error
        raise refused


class SignIn(LoginView):
    """The only place where a password opens a session."""

    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Where the address asks to go on to; never back to this page, which would go on for ever."""
        asked = super().get_redirect_url()
        return "" if asked == self.request.path else asked

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sign_on = settings.OIDC_NAME if settings.OIDC_ISSUER else ""
        return super().get_context_data(sign_on=sign_on, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if settings.MFA and isinstance(user, User):
            from contracts.services.signon import second_factor  # allauth is installed then only

            return second_factor(self.request, user, self.get_success_url())
        auth_login(self.request, user)
        return super(LoginView, self).form_valid(form)


sign_in = public("GET", "HEAD", "POST")(SignIn.as_view())
sign_out = public("POST")(LogoutView.as_view(http_method_names=["post"]))


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """Answers a sign-in while its name or address is locked: 429, and when that ends."""
    name = (credentials or {}).get("username") or request.POST.get("username", "")
    now = timezone.now()
    ends_at = locked_until(str(name), address_of(request), now)
    context = {"ends_at": ends_at, "minutes": _minutes(ends_at, now)}
    answer = render(request, "registration/locked.html", context, status=429)
    if ends_at:
        answer["Retry-After"] = str(max(1, int((ends_at - now).total_seconds())))
    return answer


def _minutes(ends_at: datetime | None, now: datetime) -> int:
    """Whole minutes until then, rounded up."""
    return max(1, -(-int((ends_at - now).total_seconds()) // 60)) if ends_at else 1
