"""The service level that a figure was judged by, as columns of its row."""

from django.db.models import Case, F, FloatField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, StrIndex, Substr
from django.db.models.lookups import GreaterThan

from kpotracker.toolkit.tabular.columns import Column, Kind
from metrics.evaluation.level_shares import WRITTEN
from metrics.models import ServiceLevel

_NUMBERS = {
    "expected": "The level that is expected.",
    "minimum": "The level whose miss is a breach, where it stands apart from the expected one.",
    "lower": "The least that is accepted, of operator within.",
    "upper": "The most that is accepted, of operator within.",
}


def level_columns(revision: str = "") -> tuple[Column, ...]:
    """The service level that judged the revision at ``revision``, in the KPI's unit: weighted by
    days where two versions judged it together."""
    operator = Column(
        "target_operator",
        Kind.TEXT,
        f"{revision}level__operator",
        "How a figure is compared with the level: at least, above, at most, below, or within.",
        nullable=True,
        choices=ServiceLevel.Operator.values,
    )
    return operator, *(_number(revision, name, said) for name, said in _NUMBERS.items())


def _number(revision: str, name: str, said: str) -> Column:
    stated = Cast(F(f"{revision}level__{name}"), FloatField())
    weighted = _double(KeyTextTransform(name, KeyTransform(WRITTEN, f"{revision}body")))
    # the body is long: it is looked into only where a version is weighted
    is_weighted = {f"{revision}level__change_inside": ServiceLevel.ChangeInside.TIME_WEIGHTED}
    judged = When(**is_weighted, then=Coalesce(weighted, stated))
    source = Case(judged, default=stated, output_field=FloatField())
    return Column(f"target_{name}", Kind.NUMBER, source, said, nullable=True)


def _double(exact: Combinable) -> Case:
    """An exact number, "p" or "p/q", as the nearest double."""
    bar = StrIndex(exact, Value("/"))
    top = Cast(Substr(exact, 1, bar - 1), FloatField())
    bottom = Cast(Substr(exact, bar + 1), FloatField())
    return Case(
        When(GreaterThan(bar, 0), then=top / bottom),
        default=Cast(exact, FloatField()),
        output_field=FloatField(),
    )
