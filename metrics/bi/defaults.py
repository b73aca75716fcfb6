"""Why a period is a default, as columns: it stands on the period, which other periods may change,
and not in the revision of its figure."""

from typing import Final

from django.db.models import Case, CharField, F, Q, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, NullIf, Replace

from kpotracker.toolkit.tabular.columns import Column, Kind
from metrics.engine import Consequence
from metrics.selectors.wording_defaults import CAUSES, REPETITION

_NOTHING: Final = Value("", output_field=TextField())
CONSEQUENCES: Final = [consequence.value for consequence in Consequence]


def default_columns(period: str = "", when: Q | None = None) -> tuple[Column, ...]:
    """The default of the period at ``period``, and what follows from it; null except ``when``."""
    return (
        Column(
            "default_cause",
            Kind.TEXT,
            _only(when, NullIf(F(f"{period}default_cause"), Value(""))),
            "Why the figure in force is a default; null where it is none.",
            nullable=True,
            choices=list(CAUSES),
        ),
        Column(
            "default_of",
            Kind.TEXT,
            _only(when, _days(f"{period}default_of")),
            "First days of the periods that make it one, with commas between.",
            nullable=True,
            example="2026-01-01,2026-03-01",
        ),
        Column(
            "consequence_in_force",
            Kind.TEXT,
            _only(when, _in_force(period)),
            "What the figure in force leads to, together with the periods before it: a miss that "
            "is counted becomes a default by repetition.",
            nullable=True,
            choices=CONSEQUENCES,
        ),
    )


def _only(when: Q | None, told: Combinable) -> Combinable:
    return Case(When(when, then=told), output_field=TextField()) if when else told


def _days(path: str) -> NullIf:
    """A stored list of days as text: 2026-01-01,2026-03-01."""
    plain: Combinable = Cast(path, TextField())
    for mark in '[]" ':
        plain = Replace(plain, Value(mark), _NOTHING, output_field=TextField())
    return NullIf(plain, _NOTHING, output_field=TextField())


def _in_force(period: str) -> Case:
    repeated = When(**{f"{period}default_cause": REPETITION}, then=Value(Consequence.DEFAULT.value))
    return Case(repeated, default=F(f"{period}current__consequence"), output_field=CharField())
