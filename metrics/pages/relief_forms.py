"""What people fill in about excused events: what relief covers, and times to the minute."""

from datetime import UTC, datetime
from typing import Any

from django import forms

from contracts.selectors.scope import Scope
from kpotracker.toolkit.forms import PlainForm
from metrics.casework.claiming import Claim, Cover
from metrics.casework.moves import SETTLED
from metrics.models import BreachCase, ReliefRequest
from metrics.pages.case_forms import CaseForm, evidence_field, note_field
from metrics.selectors import scope as scoped

_LONGEST = 10_000
_MINUTE = "%Y-%m-%d %H:%M"


def minute_field(label: str, hint: str, *, required: bool = True) -> forms.DateTimeField:
    """A minute in UTC; an own offset is refused, as nothing would say which one counts."""
    return forms.DateTimeField(
        label=label, help_text=hint, required=required, input_formats=[_MINUTE, "%Y-%m-%dT%H:%M"]
    )


class CoverForm(PlainForm):
    """What relief covers, and how that is treated."""

    intervals = forms.CharField(
        label="When it was",
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "2026-03-04 10:00 to 2026-03-04 12:30"}
        ),
        help_text="A line for each stretch, in UTC.",
    )
    predicate = forms.CharField(
        label="Or which rows it covers",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": 'ref in ("T-1001", "T-1002")'}),
        help_text="A condition on what a row says: ref, series and the KPI's numbers, with ==, !=, "
        "<, <=, >, >=, in, and, or, not.",
    )
    whole_period = forms.BooleanField(label="Or the whole period", required=False)
    treatment = forms.ChoiceField(
        label="How to treat them",
        choices=ReliefRequest.Treatment.choices,
        widget=forms.RadioSelect,
        initial=ReliefRequest.Treatment.REMOVE,
        help_text="Only what failed is excused; of a whole period everything is.",
    )

    def clean_intervals(self) -> list[tuple[datetime, datetime]]:
        lines = [line.strip() for line in self.cleaned_data["intervals"].splitlines()]
        return [_interval(line) for line in lines if line]

    @property
    def cover(self) -> Cover:
        """What was filled in."""
        given = self.cleaned_data
        return Cover(
            given["intervals"], given["predicate"], given["whole_period"], given["treatment"]
        )


def cover_initial(cover: Cover) -> dict[str, Any]:
    """A cover as ``CoverForm`` shows it."""
    lines = [f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}" for start, end in cover.intervals]
    return {
        "intervals": "\n".join(lines),
        "predicate": cover.predicate,
        "whole_period": cover.whole_period,
        "treatment": cover.treatment,
    }


class ReliefForm(CoverForm, CaseForm):
    """An event that is to excuse the failure."""

    reason = note_field("What happened?", "And why it excuses the failure by the contract.")
    rows = note_field(
        "Which records, in words",
        "For whoever decides; by itself it changes nothing.",
        required=False,
    )
    also = forms.MultipleChoiceField(
        label="Ask the same for other failures of this incident",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    evidence = evidence_field()
    field_order = (
        "reason",
        "intervals",
        "predicate",
        "whole_period",
        "rows",
        "treatment",
        "also",
        "evidence",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [(each.pk, str(each.period)) for each in _together(self.case, self.scope)]
        self.fields["also"].choices = found  # type: ignore[attr-defined]
        if not found:
            del self.fields["also"]

    @property
    def claim(self) -> Claim:
        """What is asked for."""
        given, cover = self.cleaned_data, self.cover
        return Claim(
            given["reason"],
            cover.intervals,
            given["rows"],
            cover.treatment,
            cover.predicate,
            cover.whole_period,
        )


def _together(case: BreachCase, scope: Scope) -> list[BreachCase]:
    """Other failures of the same incident and contract that are not settled."""
    if case.incident_id is None:
        return []
    cases = scoped.cases(scope).filter(incident=case.incident_id).exclude(pk=case.pk)
    joined = cases.exclude(state__in=SETTLED).select_related(
        "period__kpi__contract", "period__kpi__process__contract"
    )
    contract = case.period.kpi.governing_contract
    return [each for each in joined if each.period.kpi.governing_contract == contract]


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
    return datetime.strptime(text.strip(), _MINUTE).replace(tzinfo=UTC)
