"""Ways in for people without a session: an invitation, and a new password by mail."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from contracts.models import User
from contracts.pages.base import WRITING
from contracts.services.accounts import password_reset as password_reset_service
from contracts.services.invitations import invitation_accept, invitation_of
from kpotracker.toolkit.forms import PlainForm
from kpotracker.toolkit.rules import public

_NEW = forms.PasswordInput(attrs={"autocomplete": "new-password"})


def password_field(label: str = "Password") -> forms.CharField:
    """A new password, with the rules beside it."""
    rules = " ".join(map(str, password_validators_help_texts()))
    return forms.CharField(
        label=label, strip=False, widget=forms.PasswordInput(_NEW.attrs), help_text=rules
    )


def repeated_field() -> forms.CharField:
    return forms.CharField(
        label="The same again", strip=False, widget=forms.PasswordInput(_NEW.attrs)
    )


class TwiceMixin:
    """Refuses a password that was not repeated alike; ``first`` names its field."""

    first = "password"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()  # type: ignore[misc]
        again = cleaned.pop("again", None)
        if again is not None and cleaned.get(self.first) not in (None, again):
            self.add_error("again", "The two passwords differ.")  # type: ignore[attr-defined]
        return cleaned


class AcceptForm(TwiceMixin, PlainForm):
    """Who accepts, and the password they choose."""

    first_name = forms.CharField(max_length=150)
    last_name = forms.CharField(max_length=150)
    password = password_field()
    again = repeated_field()


@public(*WRITING)
@sensitive_post_parameters()
@csrf_protect
@require_http_methods(WRITING)
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Accept an invitation. A link that is unknown, used, revoked or expired says one thing."""
    if "\x00" in secret:
        return _no_longer(request)
    found = invitation_of(secret=secret, as_of=timezone.now())
    if found is None:
        return _no_longer(request)
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = invitation_accept(secret=secret, **form.cleaned_data, as_of=timezone.now())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Welcome. Sign in as {person.username}.")
            return redirect("login")
    return render(request, "contracts/invitation.html", {"form": form, "invitation": found})


def _no_longer(request: HttpRequest) -> HttpResponse:
    return render(request, "contracts/invitation_over.html", status=404)


class ResetForm(PasswordResetForm):
    """Asks for mail; the answer never says whether somebody has that address."""

    def get_users(self, email: str) -> Any:
        """People who may sign in, also those who so far only ever signed on elsewhere."""
        return User.objects.filter(email__iexact=email, is_active=True)


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """Saves through the service, so that the trail tells of it."""

    def save(self, commit: bool = True) -> User:
        return password_reset_service(person=self.user, new=self.cleaned_data["new_password1"])


password_reset = public(*WRITING)(
    auth_views.PasswordResetView.as_view(
        form_class=ResetForm,
        template_name="registration/reset.html",
        email_template_name="registration/reset.txt",
        subject_template_name="registration/reset_subject.txt",
        extra_email_context={"public_url": settings.PUBLIC_URL},
    )
)
password_reset_done = public("GET", "HEAD")(
    auth_views.PasswordResetDoneView.as_view(template_name="registration/reset_sent.html")
)
password_reset_confirm = public(*WRITING)(
    auth_views.PasswordResetConfirmView.as_view(
        form_class=NewPasswordForm, template_name="registration/reset_confirm.html"
    )
)
password_reset_complete = public("GET", "HEAD")(
    auth_views.PasswordResetCompleteView.as_view(template_name="registration/reset_complete.html")
)
