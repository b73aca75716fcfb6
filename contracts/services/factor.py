"""The second factor, installed only where MFA is set: its secrets and the guessing of codes."""

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from contracts.services.lockout import address_of, one_guess_at_a_time
from kpotracker.toolkit.secrets import opened, sealed

_MEMBER = "totp"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are encrypted where they are kept."""

    def encrypt(self, text: str) -> str:
        return sealed({_MEMBER: text})

    def decrypt(self, encrypted_text: str) -> str:
        return str(opened(encrypted_text)[_MEMBER])


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """A code is guessed at like a password: it counts, takes turns and locks like one."""

    def clean_code(self) -> str:
        request, name = context.request, self.user.get_username()
        refused: ValidationError
        with one_guess_at_a_time(name, address_of(request)):
            try:
                return self._checked(request, {"username": name})
            except ValidationError as error:  # kept, so that its failure is committed
                refused = error
        raise refused

    def _checked(self, request: HttpRequest, who: dict[str, str]) -> str:
        if not AxesProxyHandler.is_allowed(request, who):
            request.axes_locked_out = True  # type: ignore[attr-defined]
            request.axes_credentials = who  # type: ignore[attr-defined]
            raise ValidationError("Too many wrong codes.")
        try:
            return str(super().clean_code())
        except ValidationError:
            user_login_failed.send(sender=__name__, credentials=who, request=request)
            raise
