"""What people see and change about themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from contracts.models import Deputy, User
from contracts.pages.base import Crumb, page
from contracts.pages.entrance import TwiceMixin, password_field, repeated_field
from contracts.pages.people import reader
from contracts.selectors.duties import Duty
from contracts.selectors.people import deputies_of, possible_deputies, stands_in_for
from contracts.selectors.scope import Scope
from contracts.selectors.visibility import visible
from contracts.services.accounts import account_change
from contracts.services.accounts import password_change as password_change_service
from contracts.services.deputies import deputy_end, deputy_name
from kpotracker.toolkit.forms import PlainForm

_OWN = forms.PasswordInput(attrs={"autocomplete": "current-password"})


class AccountForm(PlainForm):
    """One's own details."""

    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    email = forms.EmailField(
        label="E-mail", required=False, help_text="Where notices and new passwords go to."
    )
    password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=_OWN,
        help_text="Only to change the e-mail address.",
    )
    shortcuts_on = forms.BooleanField(
        label="Keyboard shortcuts",
        required=False,
        help_text="Single keys move through lists and open what is chosen.",
    )


class PasswordForm(TwiceMixin, PlainForm):
    """The password now, and the one from now on."""

    first = "new"
    old = forms.CharField(label="Password now", strip=False, widget=_OWN)
    new = password_field("New password")
    again = repeated_field()


class DeputyForm(PlainForm):
    """Who stands in, and when."""

    deputy = forms.ModelChoiceField(queryset=User.objects.none())
    first_day = forms.DateField(label="First day")
    last_day = forms.DateField(label="Last day", help_text="Both days are included.")

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["deputy"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people


@sensitive_post_parameters()
@page(writes=True)
def account(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The reader's own account."""
    person, today = reader(scope), timezone.now().date()
    form = AccountForm(request.POST or None, initial=_details(person))
    if request.method == "POST" and form.is_valid():
        try:
            account_change(person=person, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "Your details are saved.")
            return redirect("account")
    context = {
        "form": form,
        "person": person,
        "has_factor": settings.MFA,
        "sees_keys": scope.may(Duty.PEOPLE),
        "deputies": deputies_of(person, today) if scope.is_internal else [],
        "stands_in": stands_in_for(person, today) if scope.is_internal else [],
        "today": today,
        "section": "account",
    }
    return render(request, "contracts/account.html", context)


@sensitive_post_parameters()
@page(writes=True)
def password_change(request: HttpRequest, scope: Scope) -> HttpResponse:
    """A new password; other sessions of the same person end."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = password_change_service(person=reader(scope), **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            update_session_auth_hash(request, person)
            messages.success(request, "Your new password is saved; other sessions have ended.")
            return redirect("account")
    context = {"form": form, "title": "Change your password"} | _around("Password")
    return render(request, "contracts/edit.html", context)


@page(writes=True)
def deputy_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Name a deputy for one's own absence."""
    if not scope.is_internal:
        raise Http404("deputies are named among the buyer's own people")
    today = timezone.now().date()
    form = DeputyForm(request.POST or None, people=possible_deputies(scope))
    if request.method == "POST" and form.is_valid():
        try:
            naming = deputy_name(absent=reader(scope), **form.cleaned_data, today=today)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{naming.deputy} stands in for you on those days.")
            return redirect("account")
    said = "Whoever stands in may do what you may, and is asked to approve in your place."
    context = {"form": form, "title": "Name a deputy", "lede": said} | _around("Deputy")
    return render(request, "contracts/edit.html", context)


@page(writes=True)
def deputy_over(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """End one's own deputyship early."""
    own = visible(Deputy, scope).filter(absent=scope.reader).select_related("deputy")
    found = get_object_or_404(own, pk=number)
    if request.method == "POST":
        deputy_end(naming=found, today=timezone.now().date())
        messages.success(request, f"{found.deputy} no longer stands in for you.")
        return redirect("account")
    context = {
        "question": f"Let {found.deputy} no longer stand in for you?",
        "text": "It ends at once.",
        "act": "End it",
    } | _around("Deputy")
    return render(request, "contracts/confirm.html", context)


def _details(person: User) -> dict[str, Any]:
    names = ("first_name", "last_name", "email", "shortcuts_on")
    return {name: getattr(person, name) for name in names}


def _around(text: str) -> dict[str, Any]:
    back = reverse("account")
    return {"back": back, "section": "account", "crumbs": [Crumb("My account", back), Crumb(text)]}
