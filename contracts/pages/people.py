"""People and their roles, for administrators and whoever stands in for one."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from contracts.models import Invitation, User, Vendor
from contracts.pages.base import Crumb, page, paged
from contracts.pages.listing import FilterForm, choice_field, search_field
from contracts.selectors.duties import Duty
from contracts.selectors.people import invitations_waiting, people_list, person_rows
from contracts.selectors.scope import Scope
from contracts.selectors.timeline import timeline_of
from contracts.selectors.visibility import visible
from contracts.services.invitations import invitation_create, invitation_revoke
from contracts.services.lockout import locked_names, person_unlock
from contracts.services.people import person_change, person_deactivate, person_reactivate
from kpotracker.toolkit.forms import PlainForm

_PER_PAGE = 50


class PeopleFilters(FilterForm):
    """What narrows the list of people."""

    search = search_field("Name or e-mail")
    role = choice_field("Role", list(User.Role.choices), "Every role")
    active = choice_field("Show", [("no", "Deactivated"), ("all", "All")], "Who may sign in")


class RoleForm(PlainForm):
    """A role, and for vendor users whose records they see."""

    role = forms.ChoiceField(
        choices=User.Role.choices, help_text="Vendor users see their own vendors and nothing else."
    )
    vendors = forms.ModelMultipleChoiceField(
        queryset=Vendor.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="For vendor users only.",
    )

    def __init__(self, *args: object, vendors: QuerySet[Vendor], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["vendors"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = vendors


class InvitationForm(RoleForm):
    """Whom to invite, as what."""

    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ("email", "role", "vendors")


@page(Duty.PEOPLE)
def people(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Everybody with their role, and the invitations that wait."""
    filters, now = PeopleFilters(request), timezone.now()
    shown = paged(request, people_list(scope=scope, **filters.chosen), size=_PER_PAGE)
    context = {
        "people": shown,
        "rows": person_rows(shown, now),
        "invitations": invitations_waiting(scope),
        "now": now,
        "filters": filters,
        "section": "people",
    }
    return render(request, "contracts/people.html", context)


@page(Duty.PEOPLE, writes=True)
def invitation_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Invite somebody; the link is shown once, so that it works without a mail server too."""
    form = InvitationForm(
        request.POST or None, vendors=visible(Vendor, scope), initial={"role": User.Role.ANALYST}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = invitation_create(
                **form.cleaned_data, invited_by=reader(scope), as_of=timezone.now()
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            crumbs = _crumbs("Invited")
            context = {"made": made, "section": "people", "crumbs": crumbs}
            return render(request, "contracts/invited.html", context)
    context = {
        "form": form,
        "title": "Invite somebody",
        "lede": "They choose their own password by a link that works once, for a week.",
        "act": "Invite",
        "back": reverse("people"),
        "section": "people",
        "crumbs": _crumbs("Invite"),
    }
    return render(request, "contracts/edit.html", context)


@page(Duty.PEOPLE, writes=True)
def invitation_end(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Revoke an invitation that still waits."""
    found = get_object_or_404(visible(Invitation, scope), pk=number)
    if request.method == "POST":
        try:
            invitation_revoke(invitation=found, as_of=timezone.now())
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, f"The invitation of {found.email} is revoked.")
        return redirect("people")
    context = {
        "question": f"Revoke the invitation of {found.email}?",
        "text": "Its link stops working at once.",
        "act": "Revoke the invitation",
        "back": reverse("people"),
        "section": "people",
        "crumbs": _crumbs("Revoke"),
    }
    return render(request, "contracts/confirm.html", context)


@page(Duty.PEOPLE, writes=True)
def person(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One person: role, vendors, access, and what was changed about them."""
    found = get_object_or_404(visible(User, scope).prefetch_related("vendors"), pk=number)
    initial = {"role": found.role, "vendors": list(found.vendors.all())}
    form = RoleForm(request.POST or None, vendors=visible(Vendor, scope), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            person_change(person=found, **form.cleaned_data, changed_by=reader(scope))
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{found} is now {_role_of(form)}.")
            return redirect("person", found.pk)
    context = {
        "person": found,
        "form": form,
        "is_own": found == scope.reader,
        "is_locked": bool(locked_names([found.username], timezone.now())),
        "timeline": timeline_of(found, scope) if scope.may(Duty.AUDIT) else [],
        "section": "people",
        "crumbs": _crumbs(str(found)),
    }
    return render(request, "contracts/person.html", context)


@page(Duty.PEOPLE, writes=True)
def person_access(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Deactivate somebody, or let them in again."""
    found = get_object_or_404(visible(User, scope), pk=number)
    if request.method == "POST":
        change = person_deactivate if found.is_active else person_reactivate
        try:
            change(person=found, changed_by=reader(scope))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            said = "can no longer sign in" if found.is_active else "can sign in again"
            messages.success(request, f"{found} {said}.")
        return redirect("person", found.pk)
    return render(request, "contracts/confirm.html", _access_question(found))


@page(Duty.PEOPLE, writes=True)
def person_unlocked(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Let somebody who is locked out try again at once."""
    found = get_object_or_404(visible(User, scope), pk=number)
    if request.method == "POST":
        person_unlock(person=found)
        messages.success(request, f"{found} may try to sign in again.")
        return redirect("person", found.pk)
    context = {
        "question": f"Unlock {found}?",
        "text": "Their wrong passwords are forgotten. Somebody else may have been guessing.",
        "act": "Unlock",
        "back": reverse("person", args=[found.pk]),
        "section": "people",
        "crumbs": _crumbs(str(found)),
    }
    return render(request, "contracts/confirm.html", context)


def reader(scope: Scope) -> User:
    """The person who reads: pages have one, programs have no pages."""
    assert scope.reader is not None
    return scope.reader


def _role_of(form: RoleForm) -> str:
    return User.Role(form.cleaned_data["role"]).label.lower()


def _access_question(found: User) -> dict[str, object]:
    verb = "Deactivate" if found.is_active else "Reactivate"
    texts = {
        True: "They are signed out at once and cannot sign in. What they did stays theirs.",
        False: f"They can sign in again as {found.get_role_display().lower()}.",
    }
    return {
        "question": f"{verb} {found}?",
        "text": texts[found.is_active],
        "act": verb,
        "back": reverse("person", args=[found.pk]),
        "section": "people",
        "crumbs": _crumbs(str(found)),
    }


def _crumbs(text: str) -> list[Crumb]:
    return [Crumb("People", reverse("people")), Crumb(text)]
