"""results and series: figures with everything beside them, for readers that join nothing."""

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import NullIf

from contracts.selectors.scope import EVERYTHING, Scope
from kpotracker.toolkit.filters import choices, flag
from kpotracker.toolkit.keyset import Keyset
from kpotracker.toolkit.pagination import updated
from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.columns import Column, Kind
from metrics.bi import parameters
from metrics.bi.facts import CONSEQUENCES, STATUSES, level_columns
from metrics.bi.sources import contract_of, updated_at, vendor_of
from metrics.engine import Status
from metrics.models import Kpi, KpiPeriod
from metrics.selectors import scope as scoped
from metrics.selectors.wording import status_word

_TEXT, _INTEGER, _NUMBER, _BOOLEAN = Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN
_TWO_LEVELS = Q(current__level__expected__isnull=False, current__level__minimum__isnull=False)


def _evaluated(scope: Scope) -> QuerySet[KpiPeriod]:
    return scoped.periods(scope).filter(current__isnull=False)


def _status_text() -> Case:
    """The words that people see; where two levels are stated they are told apart."""
    both = status_word(Status.BELOW_MINIMUM, two_levels=True).text
    said = [When(status=status, then=Value(status_word(status).text)) for status in STATUSES]
    return Case(
        When(Q(status=Status.BELOW_MINIMUM) & _TWO_LEVELS, then=Value(both)),
        *said,
        output_field=CharField(),
    )


_VENDOR = Column(
    "vendor", _TEXT, vendor_of("kpi__"), "Code of the vendor; null in house.", nullable=True
)
_CONTRACT = Column(
    "contract", _TEXT, contract_of("kpi__"), "Reference of the contract.", nullable=True
)
_KPI = Column("kpi", _TEXT, "kpi__code", "Code of the KPI.")
_FAMILY = Column("family", _TEXT, "kpi__family", "Families never mix.", choices=Kpi.Family.values)
_PERIOD = Column("period", _TEXT, "label", "Such as 2026-03 or 2026-Q1.")
_VALUE = Column(
    "value", _NUMBER, "current__value_float", "Nearest number; null: there is none.", nullable=True
)
_UNIT = Column("unit", _TEXT, "current__definition__unit", "Of all numbers of the row.")
_STATUS = Column("status", _TEXT, "status", "How it was judged.", choices=STATUSES)
_STATUS_FILTER = choices("status", STATUSES, "status", "Status")

results = Collection(
    name="results",
    row=(
        "A KPI's figure in one measurement period, the revision in force. Numbers are in `unit`; "
        "percent is 0 to 100."
    ),
    rows_of=_evaluated,
    insider=EVERYTHING,
    filters=(
        *parameters.of_kpi("kpi__"),
        _STATUS_FILTER,
        choices("phase", KpiPeriod.Phase.values, "phase", "Phase"),
        flag(
            "is_breach",
            lambda breach: Q(is_breach=breach),
            "true: only breaches; false: only the others.",
        ),
        *parameters.of_period(),
        *updated(),
    ),
    columns=(
        Column("id", _INTEGER, "pk", "Stays the same through all revisions."),
        _VENDOR,
        _CONTRACT,
        _KPI,
        _FAMILY,
        _PERIOD,
        Column("first_day", Kind.DAY, "first_day", "In the zone of the contract."),
        Column("last_day", Kind.DAY, "last_day", "Included."),
        _VALUE,
        Column(
            "value_exact",
            _TEXT,
            NullIf(F("current__value"), Value("")),
            'The exact value as a fraction, "p" or "p/q".',
            nullable=True,
        ),
        _UNIT,
        _STATUS,
        Column("status_text", _TEXT, _status_text(), "The status in the words that people see."),
        Column(
            "consequence",
            _TEXT,
            "current__consequence",
            "What a failure leads to under the clause.",
            choices=CONSEQUENCES,
        ),
        Column("is_breach", _BOOLEAN, "is_breach", "Whether it is a service level failure."),
        Column("phase", _TEXT, "phase", "How final it is.", choices=KpiPeriod.Phase.values),
        Column("revision", _INTEGER, "current__number", "Of the figure in force, from 1."),
        *level_columns("current__level__"),
        Column(
            "attainment",
            _NUMBER,
            "current__attainment_float",
            "0 to 100; null is not rated.",
            nullable=True,
        ),
        Column("rows", _INTEGER, "current__rows", "Observations counted."),
        Column(
            "has_late_rows",
            _BOOLEAN,
            "has_late_rows",
            "Rows arrived after the figure became final.",
        ),
        updated_at(),
    ),
)

series = Collection(
    name="series",
    row="A point of a KPI's time series, for dashboards: the figure in force of one period.",
    rows_of=_evaluated,
    insider=EVERYTHING,
    filters=(*parameters.of_kpi("kpi__"), _STATUS_FILTER, *parameters.of_period(), *updated()),
    keyset=Keyset("ends_at", ("id",)),
    columns=(
        Column("id", _INTEGER, "pk", "Number of the result."),
        Column("time", Kind.INSTANT, "ends_at", "The end of the period; rows are in its order."),
        _VENDOR,
        _CONTRACT,
        _KPI,
        Column("name", _TEXT, "kpi__name", "Name of the KPI."),
        _FAMILY,
        _PERIOD,
        _VALUE,
        _UNIT,
        _STATUS,
        *level_columns("current__level__"),
        updated_at(),
    ),
)
