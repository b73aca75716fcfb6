"""fact_result and fact_breach: what was measured, and what failed, keyed to the dimensions."""

from django.db.models import BooleanField, Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import NullIf

from contracts.selectors.scope import EVERYTHING
from kpotracker.toolkit.filters import Parameter, choices, flag
from kpotracker.toolkit.keyset import Beside, Keyset
from kpotracker.toolkit.pagination import updated
from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.columns import Column, Kind
from metrics.bi import parameters
from metrics.bi.sources import of_kpi, of_period, updated_at
from metrics.engine import Consequence, Status
from metrics.models import BreachCase, CaseTransition, KpiPeriod, ServiceLevel
from metrics.models.alerts import SEVERITIES
from metrics.selectors import scope as scoped

STATUSES = [status.value for status in Status]
CONSEQUENCES = [consequence.value for consequence in Consequence]
_TEXT, _INTEGER, _NUMBER, _BOOLEAN = Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN


def _same(path: str, other: str) -> Case:
    return Case(
        When(**{path: F(other)}, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


def _level(name: str, path: str, said: str) -> Column:
    return Column(f"target_{name}", _NUMBER, path, said, nullable=True)


def level_columns(prefix: str = "level__") -> tuple[Column, ...]:
    """The service level that was in force, in the KPI's unit."""
    return (
        Column(
            "target_operator",
            _TEXT,
            f"{prefix}operator",
            "How a figure is compared with the level: at least, above, at most, below, or within.",
            nullable=True,
            choices=ServiceLevel.Operator.values,
        ),
        _level("expected", f"{prefix}expected", "The level that is expected."),
        _level(
            "minimum",
            f"{prefix}minimum",
            "The level whose miss is a breach, where it stands apart from the expected one.",
        ),
        _level("lower", f"{prefix}lower", "The least that is accepted, of operator within."),
        _level("upper", f"{prefix}upper", "The most that is accepted, of operator within."),
    )


_RESULT_FILTERS: tuple[Parameter, ...] = (
    *parameters.of_kpi("period__kpi__"),
    choices("status", STATUSES, "status", "Status"),
    choices("phase", KpiPeriod.Phase.values, "period__phase", "Phase"),
    flag("is_breach", lambda yes: Q(is_breach=yes), "true: only breaches."),
    flag(
        "is_current",
        lambda yes: Q(pk=F("period__current")) if yes else ~Q(pk=F("period__current")),
        "true: only figures in force; false: only those that were replaced.",
    ),
    flag(
        "as_published",
        lambda yes: (
            Q(pk=F("period__published"))
            if yes
            else Q(period__published=None) | ~Q(pk=F("period__published"))
        ),
        "true: only figures as the newest published scorecards show them.",
    ),
    *parameters.of_period("period__"),
    *updated("period__updated_at"),
)

fact_result = Collection(
    name="fact_result",
    row="A revision of a KPI's figure in one measurement period; numbers are in `unit`.",
    rows_of=scoped.revisions,
    insider=EVERYTHING,
    filters=_RESULT_FILTERS,
    # the period's stamp moves whenever one of its figures comes into force or is published
    keyset=Keyset("period__updated_at", (Beside("period__updated_at", "id"), "id")),
    columns=(
        Column("id", _INTEGER, "pk", "Number of the revision, for ever the same."),
        Column("result", _INTEGER, "period_id", "Number of the result, in all its revisions."),
        Column("revision", _INTEGER, "number", "Counts from 1."),
        Column("is_current", _BOOLEAN, _same("pk", "period__current"), "The one in force."),
        Column(
            "as_published",
            _BOOLEAN,
            _same("pk", "period__published"),
            "The one that the newest published scorecard shows.",
        ),
        *of_kpi("period__kpi__"),
        *of_period("period__"),
        Column("phase", _TEXT, "period__phase", "How final.", choices=KpiPeriod.Phase.values),
        Column("status", _TEXT, "status", "How it was judged.", choices=STATUSES),
        Column("is_breach", _BOOLEAN, "is_breach", "Whether it is a service level failure."),
        Column(
            "consequence",
            _TEXT,
            "consequence",
            "What a failure leads to under the clause.",
            choices=CONSEQUENCES,
        ),
        Column("value", _NUMBER, "value_float", "Percent is 0 to 100.", True, example=89.5),
        Column(
            "value_exact",
            _TEXT,
            NullIf(F("value"), Value("")),
            "The exact value, p or p/q.",
            nullable=True,
            example="179/2",
        ),
        Column("unit", _TEXT, "definition__unit", "Of all numbers of the row.", example="%"),
        *level_columns(),
        Column("weight", _NUMBER, "level__weight", "In its family's score.", nullable=True),
        Column("attainment", _NUMBER, "attainment_float", "0 to 100; null: not rated.", True),
        Column("rows", _INTEGER, "rows", "Observations counted."),
        Column("attested", _BOOLEAN, "attested", "The sender said that all rows are in."),
        Column(
            "has_late_rows",
            _BOOLEAN,
            "period__has_late_rows",
            "Rows arrived after it became final.",
        ),
        Column("computed_at", Kind.INSTANT, "computed_at", "When it was computed."),
        updated_at("period__updated_at"),
    ),
)

_STEPS = CaseTransition.objects.filter(case=OuterRef("pk")).order_by()
_ENDED = [BreachCase.State.RESOLVED, BreachCase.State.WAIVED, BreachCase.State.WITHDRAWN]


def _first(*states: str) -> Subquery:
    steps = _STEPS.filter(to_state__in=states).order_by("id")
    return Subquery(steps.values("at")[:1])


_ENDED_AT = Case(
    When(
        state__in=_ENDED,
        then=Subquery(_STEPS.filter(to_state__in=_ENDED).order_by("-id").values("at")[:1]),
    )
)
_PUBLISHED_BREACH = Case(
    When(period__published__is_breach=True, then=Value(True)),
    default=Value(False),
    output_field=BooleanField(),
)

fact_breach = Collection(
    name="fact_breach",
    row="A service level failure to be worked through: one per KPI and measurement period.",
    rows_of=scoped.cases,
    insider=EVERYTHING,
    filters=(
        *parameters.of_kpi("period__kpi__"),
        choices("state", BreachCase.State.values, "state", "State"),
        choices("severity", SEVERITIES, "severity", "Severity"),
        flag(
            "is_current",
            lambda yes: Q(period__is_breach=yes),
            "true: only where the figure in force is a failure.",
        ),
        *parameters.of_period("period__"),
        *updated(),
    ),
    columns=(
        Column("id", _INTEGER, "pk", "Number of the case, for ever the same."),
        Column("result", _INTEGER, "period_id", "Number of its result."),
        Column(
            "is_current", _BOOLEAN, "period__is_breach", "Whether the figure in force is a failure."
        ),
        Column(
            "as_published",
            _BOOLEAN,
            _PUBLISHED_BREACH,
            "Whether the newest published scorecard shows a failure.",
        ),
        *of_kpi("period__kpi__"),
        *of_period("period__"),
        Column("state", _TEXT, "state", "How far it was worked.", choices=BreachCase.State.values),
        Column("severity", _TEXT, "severity", "minor, major or critical."),
        Column("status", _TEXT, "period__status", "Of the figure in force.", choices=STATUSES),
        Column("value", _NUMBER, "period__current__value_float", "The figure in force.", True),
        Column("unit", _TEXT, "period__current__definition__unit", "Of the value.", nullable=True),
        Column("opened_at", Kind.INSTANT, "opened_at", "When it was opened."),
        Column(
            "acknowledged_at",
            Kind.INSTANT,
            _first(BreachCase.State.ACKNOWLEDGED),
            "When somebody first took it up.",
            nullable=True,
        ),
        Column(
            "ended_at",
            Kind.INSTANT,
            _ENDED_AT,
            "When it was resolved, waived or withdrawn; null while it is not.",
            nullable=True,
        ),
        updated_at(),
    ),
)
