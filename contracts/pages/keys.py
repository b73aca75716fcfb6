"""Keys of programs: made and revoked by administrators, and shown once."""

from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_urlsafe

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from contracts.models import ApiKey, Vendor
from contracts.pages.base import Crumb, page, paged
from contracts.pages.editing import posted
from contracts.selectors.apikeys import apikeys_list, key_rows
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.selectors.visibility import visible
from contracts.services.apikeys import NewKey, apikey_create, apikey_revoke, day_end
from kpotracker.toolkit.forms import PlainForm

_PER_PAGE = 50
_TAKEN = "key_forms_taken"  # of the session: the forms that a key was made from, newest last
_MOST_TAKEN = 50
_CALLS = {  # what follows the key in an example, by what the key may do
    ApiKey.Scope.READ: "{api}/vendors",
    ApiKey.Scope.INGEST: "-F file=@rows.csv {api}/feeds/CODE/deliveries",
    ApiKey.Scope.MANAGE: "-X PATCH -H 'Content-Type: application/json' -d '{{}}' {api}/vendors/CODE",
}


class KeyForm(PlainForm):
    """What a key is for, and what it may do."""

    name = forms.CharField(max_length=100, help_text="What it is for, such as Power BI.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=ApiKey.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    vendor = forms.ModelChoiceField(
        label="Only the records of",
        queryset=Vendor.objects.none(),
        required=False,
        empty_label="Every vendor",
        help_text="With a vendor the key stands on that vendor's side.",
    )
    expires_at = forms.DateField(
        label="Last day", required=False, help_text="In UTC. Without one it works until revoked."
    )

    once = forms.CharField(
        max_length=64,
        widget=forms.HiddenInput,
        initial=token_urlsafe,
        error_messages={"required": "Open this form anew: its own number is missing."},
    )

    def __init__(self, *args: object, vendors: QuerySet[Vendor], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["vendor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = vendors

    def clean_expires_at(self) -> datetime | None:
        """The instant from which it no longer works."""
        last: date | None = self.cleaned_data["expires_at"]
        try:
            return day_end(last) if last else None
        except OverflowError:
            raise ValidationError("No calendar goes on after this day: leave it empty.") from None


@dataclass(frozen=True, slots=True, repr=False)
class Snippet:
    """A way to send the key, ready to be copied. ``name``: unique on its page."""

    name: str
    title: str
    text: str


@page(Duty.PEOPLE)
def keys(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every key: what it may do, when it was last used, and whether it still opens anything."""
    shown = paged(request, apikeys_list(scope), size=_PER_PAGE)
    rows = key_rows(shown, timezone.now())
    context = {"keys": shown, "rows": rows, "section": "people", "crumbs": _crumbs()}
    return render(request, "contracts/keys.html", context)


@page(Duty.PEOPLE, writes=True)
@sensitive_variables()
def key_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Make a key; its secret is in this answer, and nowhere else. A page that is loaded again
    sends its form again, so each form makes one key."""
    if request.POST.get("once") in request.session.get(_TAKEN, []):
        messages.warning(request, "This key was made already, and is not shown again.")
        return redirect("keys")
    form = KeyForm(posted(request), vendors=visible(Vendor, scope).order_by("name"))
    if request.method == "POST" and form.is_valid():
        once = form.cleaned_data.pop("once")
        try:
            made = apikey_create(**form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            request.session[_TAKEN] = [*request.session.get(_TAKEN, []), once][-_MOST_TAKEN:]
            return _shown_once(request, made)
    context = {
        "form": form,
        "title": "New API key",
        "lede": "For one program. The key is shown once, when it is made.",
        "act": "Make the key",
        "back": reverse("keys"),
        "section": "people",
        "crumbs": _crumbs("New key"),
    }
    return render(request, "contracts/edit.html", context)


@page(Duty.PEOPLE, writes=True)
def key_end(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Revoke a key."""
    found = get_object_or_404(visible(ApiKey, scope), pk=number)
    if request.method == "POST":
        apikey_revoke(key=found, now=timezone.now())
        messages.success(request, f"The key {found.name} ({found.prefix}) is revoked.")
        return redirect("keys")
    context = {
        "question": f"Revoke the key {found.name}?",
        "text": f"{found.prefix}… stops at once, and cannot be brought back.",
        "act": "Revoke the key",
        "back": reverse("keys"),
        "section": "people",
        "crumbs": _crumbs("Revoke"),
    }
    return render(request, "contracts/confirm.html", context)


@sensitive_variables()
def _shown_once(request: HttpRequest, made: NewKey) -> HttpResponse:
    context = {
        "made": made,
        "row": key_rows([made.key], timezone.now())[0],
        "snippets": _snippets(made),
        "section": "people",
        "crumbs": _crumbs("Made"),
    }
    return render(request, "contracts/key_made.html", context)


@sensitive_variables()
def _snippets(made: NewKey) -> list[Snippet]:
    """One call in each of the three headers, of the first kind that the key may do."""
    kind = next(scope for scope in _CALLS if scope in made.key.scopes)
    call = _CALLS[kind].format(api=f"{settings.PUBLIC_URL}/api/v1")
    user, secret = made.key.prefix, made.secret
    return [
        Snippet(
            "bearer", "Authorization: Bearer", f'curl -H "Authorization: Bearer {secret}" {call}'
        ),
        Snippet("header", "X-Api-Key", f'curl -H "X-Api-Key: {secret}" {call}'),
        Snippet("basic", "Basic: user and password", f"curl -u {user}:{secret} {call}"),
    ]


def _crumbs(text: str = "") -> list[Crumb]:
    first = Crumb("People", reverse("people"))
    if not text:
        return [first, Crumb("API keys")]
    return [first, Crumb("API keys", reverse("keys")), Crumb(text)]
