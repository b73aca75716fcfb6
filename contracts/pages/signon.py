"""Addresses of the second factor and of sign-on through a provider; there are none while both
are off. Whatever else allauth could do (signing up, say) has no address here."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from contracts.pages.base import READING, WRITING, page
from contracts.pages.signin import sign_in, sign_out
from contracts.selectors.scope import Scope
from kpotracker.toolkit.rules import public

_View = Callable[..., HttpResponseBase]


def _own(view: _View) -> _View:
    """A page of allauth for whoever signed in, with our frame around it."""

    @page(writes=True)
    def shown(request: HttpRequest, scope: Scope, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return shown


def _open(view: _View, *methods: str) -> _View:
    """A page of allauth for people who are about to sign in."""

    @public(*methods)
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return shown


def _both() -> list[URLPattern]:
    """What allauth itself looks up by name."""
    return [
        path("login/", sign_in, name="account_login"),
        path("logout/", sign_out, name="account_logout"),
        path(
            "sign-on/inactive/", _open(account.account_inactive, *READING), name="account_inactive"
        ),
        path("account/confirm/", _own(account.reauthenticate), name="account_reauthenticate"),
    ]


def _factor() -> list[URLPattern]:
    from allauth.mfa.base import views as mfa
    from allauth.mfa.recovery_codes import views as codes
    from allauth.mfa.totp import views as totp

    at = "account/factor/"
    return [
        path("login/code/", _open(mfa.authenticate, *WRITING), name="mfa_authenticate"),
        path(at, _own(mfa.index), name="mfa_index"),
        path(f"{at}confirm/", _own(mfa.reauthenticate), name="mfa_reauthenticate"),
        path(f"{at}app/", _own(totp.activate_totp), name="mfa_activate_totp"),
        path(f"{at}app/off/", _own(totp.deactivate_totp), name="mfa_deactivate_totp"),
        path(f"{at}codes/", _own(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
        path(
            f"{at}codes/new/",
            _own(codes.generate_recovery_codes),
            name="mfa_generate_recovery_codes",
        ),
        path(
            f"{at}codes/file/",
            _own(codes.download_recovery_codes),
            name="mfa_download_recovery_codes",
        ),
    ]


def _sign_on() -> list[URLPattern]:
    from allauth.socialaccount import views as social
    from allauth.socialaccount.providers.openid_connect import views as oidc

    login = "sign-on/<str:provider_id>/login/"
    return [
        path(login, _open(oidc.login, *WRITING), name="openid_connect_login"),
        path(f"{login}callback/", _open(oidc.callback, *READING), name="openid_connect_callback"),
        path(
            "sign-on/cancelled/",
            _open(social.login_cancelled, *READING),
            name="socialaccount_login_cancelled",
        ),
    ]


urlpatterns = [
    *_both(),
    *(_factor() if settings.MFA else ()),
    *(_sign_on() if settings.OIDC_ISSUER else ()),
]
