"""What people fill in to work on a case."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms

from contracts.models import User
from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from contracts.services.filetypes import ACCEPTED
from kpotracker.toolkit.forms import PlainForm
from metrics.casework.moves import Move
from metrics.models import BreachCase, ReliefRequest
from metrics.selectors import scope as scoped

_LONGEST = 10_000
_SHORT = {"rows": 4}


def note_field(label: str, hint: str = "", *, required: bool = True) -> forms.CharField:
    """A few lines of text."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs=_SHORT),
    )


def cause_field() -> forms.CharField:
    """Why a plan is needed."""
    return note_field("Why did it fail?", "The root cause, as far as it is known.")


def evidence_field() -> forms.FileField:
    return forms.FileField(
        label="Evidence",
        required=False,
        allow_empty_file=True,
        help_text=f"Both sides can open it. {ACCEPTED}; up to 25 MiB.",
    )


class CaseForm(PlainForm):
    """A form about ``case``; its choices are what ``scope`` sees."""

    def __init__(self, *args: Any, case: BreachCase, scope: Scope, **kwargs: Any) -> None:
        self.case, self.scope = case, scope
        super().__init__(*args, **kwargs)

    @property
    def attached(self) -> Sequence[Any]:
        """The file that came with it, if one did."""
        found = self.cleaned_data.get("evidence")
        return (found,) if found else ()


def move_form(move: Move) -> type[CaseForm]:
    """The form of a move: its reason, and who may read it."""
    fields: dict[str, Any] = {
        "reason": note_field(*_reason_words(move), required=move.reason_needed)
    }
    if not move.told_always:
        fields["is_shared"] = forms.BooleanField(
            label="The vendor may read this note",
            required=False,
            help_text="Otherwise the vendor sees that and when it was done, and no more.",
        )
    if move.name in {"dispute", "answer"}:
        fields["evidence"] = evidence_field()
    return type(f"{move.name.title()}Form", (CaseForm,), fields)


def _reason_words(move: Move) -> tuple[str, str]:
    if move.name == "dispute":
        return "What is wrong with the figure?", "The buyer reads it and answers."
    if move.name == "answer":
        return "Why does the figure stand?", "The vendor reads it."
    if move.name == "resolve":
        return "How was it resolved?", ""
    return "Note", "The buyer reads it." if move.name == "accept" else ""


class AssignForm(CaseForm):
    """Who is to work on it."""

    assignee = forms.ModelChoiceField(
        User.objects.none(), label="Give it to", required=False, empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = workers(self.scope)  # type: ignore[attr-defined]
        self.fields["assignee"].initial = self.case.assignee_id


class SnoozeForm(CaseForm):
    """Until when a case rests."""

    until = forms.DateField(
        label="Until", required=False, help_text="It is back in the inbox on that day."
    )
    until_worse = forms.BooleanField(
        label="Or earlier, once its figure gets worse",
        required=False,
        help_text="That is, once a new figure falls further short than this one. Without a day "
        "it rests for at most 90 days.",
    )


class WaiverForm(CaseForm):
    """What a waiver is to cover, and why."""

    waiver_scope = forms.ChoiceField(
        label="What it covers", choices=BreachCase.WaiverScope.choices, widget=forms.RadioSelect
    )
    reason = note_field("Why should it be let go?", "A second person reads it and decides.")


class ReasonForm(CaseForm):
    """Why the figure should be computed anew."""

    reason = forms.CharField(
        label="Why does the figure have to change?",
        max_length=400,
        widget=forms.Textarea(attrs=_SHORT),
        help_text="It stays with the new figure. A second person decides.",
    )


class LinkForm(CaseForm):
    """Which incident a failure goes back to."""

    incident = forms.ModelChoiceField(
        BreachCase.objects.none(), label="Incident", required=False, empty_label="None"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contract = self.case.period.kpi.governing_contract
        found = scoped.incidents(self.scope).filter(vendor=contract.vendor_id if contract else None)
        self.fields["incident"].queryset = found  # type: ignore[attr-defined]
        self.fields["incident"].initial = self.case.incident_id


class ProposalForm(PlainForm):
    """A corrective action plan, before its steps."""

    title = forms.CharField(label="Title", max_length=200)
    cause = cause_field()


class PlanForm(ProposalForm, CaseForm):
    """The plan for a case."""


class CommentForm(CaseForm):
    """A comment that both sides read, or a note among buyers."""

    body = note_field("Comment")
    is_internal = forms.BooleanField(label="Internal: the vendor never sees it", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.scope.is_internal:
            del self.fields["is_internal"]


class ReliefForm(CaseForm):
    """An event that is to excuse the failure."""

    reason = note_field("What happened?", "And why it excuses the failure by the contract.")
    intervals = forms.CharField(
        label="When it was",
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "2026-03-04 10:00 to 2026-03-04 12:30"}
        ),
        help_text="A line for each stretch, in UTC.",
    )
    rows = note_field(
        "Or which records it concerns", "Such as “ticket group = network”.", required=False
    )
    treatment = forms.ChoiceField(
        label="How to treat them",
        choices=ReliefRequest.Treatment.choices,
        widget=forms.RadioSelect,
        initial=ReliefRequest.Treatment.REMOVE,
    )
    evidence = evidence_field()

    def clean_intervals(self) -> list[tuple[datetime, datetime]]:
        lines = [line.strip() for line in self.cleaned_data["intervals"].splitlines()]
        return [_interval(line) for line in lines if line]


def _interval(line: str) -> tuple[datetime, datetime]:
    start, _, end = line.partition(" to ")
    try:
        return _instant(start), _instant(end)
    except ValueError:
        raise forms.ValidationError(
            f"“{line[:80]}” is no stretch of time: write 2026-03-04 10:00 to 2026-03-04 12:30"
        ) from None


def _instant(text: str) -> datetime:
    """A minute in UTC; an own offset is refused, as nothing would say which one counts."""
    return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def workers(scope: Scope) -> Any:
    """The people at the buyer's whom a case can be given to."""
    people = contracts_scope.users(scope).filter(is_active=True).exclude(role=User.Role.VENDOR)
    return people.order_by("first_name", "last_name", "username")
