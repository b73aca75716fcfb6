"""What people fill in about reviews, their decisions and their actions."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from contracts.models import Contract, User, Vendor
from contracts.pages.editing import MeanwhileForm
from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from kpotracker.toolkit.forms import PlainForm
from metrics.models import Review, ReviewAction

_INSIDE = "Keep from the vendor"
_WHO = "People who were there or are expected, one to a line or separated by commas."


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label)


class ReviewForm(MeanwhileForm):
    """A review to come; the contracts to choose from are those of a vendor that is known."""

    vendor = forms.ModelChoiceField(
        label="Vendor", queryset=Vendor.objects.none(), empty_label="Choose a vendor"
    )
    kind = forms.ChoiceField(
        label="Kind", choices=Review.Kind.choices, initial=Review.Kind.QUARTERLY
    )
    planned_on = _day("Planned for")
    chair = forms.ModelChoiceField(
        label="Chair", queryset=User.objects.none(), empty_label="Choose who leads it"
    )
    attendees = forms.CharField(
        label="Attendees", required=False, max_length=2000, help_text=_WHO, widget=_area(3)
    )
    contracts = forms.ModelMultipleChoiceField(
        label="Only about these contracts",
        required=False,
        queryset=Contract.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all contracts of the vendor.",
    )
    is_internal = forms.BooleanField(
        label=_INSIDE,
        required=False,
        help_text="An internal review: the vendor is neither invited nor told of it.",
    )

    def __init__(
        self,
        *args: Any,
        scope: Scope,
        vendor: Vendor | None = None,
        review: Review | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, record=review, **kwargs)
        vendors = contracts_scope.vendors(scope).filter(archived_at__isnull=True)
        _choice(self, "vendor").queryset = vendors
        _choice(self, "chair").queryset = _colleagues(scope)
        if vendor is None:
            del self.fields["contracts"]
        else:
            of_vendor = contracts_scope.contracts(scope).filter(vendor=vendor)
            in_use = of_vendor.filter(archived_at__isnull=True).order_by("reference")
            _choice(self, "contracts").queryset = in_use
            self.fields["contracts"].label_from_instance = _contract_label  # type: ignore[attr-defined]
        if review is not None:
            del self.fields["vendor"]


class HoldForm(PlainForm):
    """That a review took place."""

    held_on = _day("Held on")
    attendees = forms.CharField(
        label="Attendees", required=False, max_length=2000, help_text=_WHO, widget=_area(4)
    )


class ReasonForm(PlainForm):
    reason = forms.CharField(label="Reason", max_length=400, widget=_area(2))


class NoteForm(PlainForm):
    """A point of the agenda, or a note."""

    text = forms.CharField(label="Point or note", max_length=4000, widget=_area(2))
    is_internal = forms.BooleanField(label=_INSIDE, required=False, initial=True)


class DecisionForm(PlainForm):
    text = forms.CharField(label="What was decided", max_length=4000, widget=_area(2))
    is_internal = forms.BooleanField(label=_INSIDE, required=False)


class ActionForm(PlainForm):
    """An action with one owner: somebody who signs in, or a name and its side."""

    text = forms.CharField(label="What has to be done", max_length=500, widget=_area(2))
    owner = forms.ChoiceField(label="Owner", required=False)
    owner_name = forms.CharField(
        label="Or somebody without an account",
        required=False,
        max_length=120,
        help_text="Their name; choose no owner above.",
    )
    side = forms.ChoiceField(
        label="Their side",
        required=False,
        choices=[("", "As the owner"), *ReviewAction.Side.choices],
    )
    due_on = _day("Due on")
    is_internal = forms.BooleanField(label=_INSIDE, required=False)

    def __init__(self, *args: Any, vendor: Vendor, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(each.pk): each for each in _people(vendor, scope)}
        sides = (("Ours", False), (vendor.name, True))
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            ("", "Nobody who signs in"),
            *((name, self._options(is_vendors)) for name, is_vendors in sides),
        ]

    def _options(self, is_vendors: bool) -> list[tuple[str, str]]:
        return [
            (key, str(person))
            for key, person in self.people.items()
            if (person.role == User.Role.VENDOR) == is_vendors
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        owner = self.people.get(given.get("owner", ""))
        name, side = given.get("owner_name", ""), given.get("side", "")
        if (owner is None) == (name == ""):
            raise ValidationError(
                {"owner": "Choose an owner, or name one who has no account: one of the two."}
            )
        if owner is None and not side:
            raise ValidationError({"side": f"Say on which side {name} is."})
        return given | {"owner": owner, "side": _side_of(owner) if owner else side}


class CloseForm(PlainForm):
    """How an action ended."""

    state = forms.ChoiceField(
        label="It is",
        choices=[("done", "Done"), ("dropped", "Dropped")],
        initial="done",
    )
    note = forms.CharField(
        label="Note", max_length=1000, widget=_area(3), help_text="How it was done, or why not."
    )


class PackForm(PlainForm):
    """The period a pack is built for."""

    period = forms.ChoiceField(label="Period")

    def __init__(self, *args: Any, groups: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            (group.heading, [(span.label, span.words) for span in group.spans]) for group in groups
        ]


def action_initial(action: ReviewAction) -> Mapping[str, Any]:
    """What the form of an action that exists begins with."""
    return {
        "text": action.text,
        "owner": str(action.owner_id or ""),
        "owner_name": action.owner_name,
        "side": "" if action.owner_id else action.side,
        "due_on": action.due_on,
        "is_internal": action.is_internal,
    }


def _people(vendor: Vendor, scope: Scope) -> QuerySet[User]:
    """Our people, and the vendor's who sign in."""
    ours, theirs = ~Q(role=User.Role.VENDOR), Q(role=User.Role.VENDOR, vendors=vendor)
    active = contracts_scope.users(scope).filter(ours | theirs, is_active=True)
    return active.distinct().order_by("first_name", "last_name", "username")


def _colleagues(scope: Scope) -> QuerySet[User]:
    people = contracts_scope.users(scope).filter(is_active=True).exclude(role=User.Role.VENDOR)
    return people.order_by("first_name", "last_name", "username")


def _side_of(owner: User) -> str:
    is_vendors = owner.role == User.Role.VENDOR
    return ReviewAction.Side.VENDOR if is_vendors else ReviewAction.Side.BUYER


def _contract_label(contract: Any) -> str:
    return f"{contract.title} ({contract.reference})"


def _choice(form: forms.Form, name: str) -> forms.ModelChoiceField[Any]:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    return field
