"""Sign-on through a provider, installed only where OIDC_ISSUER is set.

A person who signs on elsewhere is found by an e-mail address that the provider has verified;
whoever is not found was not invited, and gets neither an account nor a hint.
"""

from collections.abc import Iterable
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from contracts.models import User
from contracts.services.acting import acting_as
from contracts.services.auditing import audit


class SignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets in who is known here, by an address that the provider has verified."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing:
            return
        person = _known(each.email for each in sociallogin.email_addresses if each.verified is True)
        if person is None:
            raise ImmediateHttpResponse(_not_invited(request))
        sociallogin.connect(request, person)
        with acting_as(person):
            audit(action="signed on for the first time as", instance=person)

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(render(request, "registration/sign_on_failed.html", status=403))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("account")


def _known(addresses: Iterable[str]) -> User | None:
    for address in addresses:
        found = User.objects.filter(email__iexact=address, is_active=True).first()
        if found:
            return found
    return None


def _not_invited(request: HttpRequest) -> HttpResponse:
    return render(request, "registration/not_invited.html", status=403)
