"""What allauth asks of us, installed only where MFA or OIDC_ISSUER is set: accounts come from
invitations alone, and a password is followed by a second factor where there is one."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse

from contracts.models import User


def second_factor(request: HttpRequest, person: User, onward: str) -> HttpResponse:
    """Sign in whoever gave the right password, after a second factor where they have one."""
    response: HttpResponse = perform_login(request, person, redirect_url=onward)
    return response


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come from invitations only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say themselves what happened."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/"
