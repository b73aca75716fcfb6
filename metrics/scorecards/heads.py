"""The figures a scorecard is made of: one line per KPI and period, read in one query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from django.db.models import (
    Case,
    CharField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from metrics.models import KpiPeriod, ResultRevision

TREND_PERIODS = 12


@dataclass(frozen=True, slots=True)
class Head:
    """The revision in force of one KPI's period, with the definition and level it was made by.

    Numbers are in the KPI's unit; ``attainment`` is 0..100 or None where nothing was judged.
    ``original`` and its status: the figure as it was final, of one that has been restated.
    """

    kpi_id: int
    contract_id: int
    family: str
    period_id: int
    first_day: date
    last_day: date
    label: str
    phase: str
    status: str
    is_breach: bool
    has_late_rows: bool
    revision: int | None
    value: Fraction | None
    attainment: Fraction | None
    consequence: str
    unit: str
    places: int
    operator: str
    expected: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    minimum: Decimal | None
    compare_places: int | None
    compare_rounding: str
    weight: Fraction
    kind: str
    enforced_from: date | None
    clause: str
    amendment: int | None
    measure: str
    rows: int
    attested: bool
    original: Fraction | None
    original_status: str

    @property
    def has_level(self) -> bool:
        return bool(self.operator)

    @property
    def is_bedding_in(self) -> bool:
        return self.enforced_from is not None and self.enforced_from > self.first_day

    @property
    def is_scored(self) -> bool:
        """Reporting-only and bedding-in figures are shown and weigh nothing."""
        return self.has_level and self.kind != "reporting" and not self.is_bedding_in


_FIELDS = (
    "kpi_id",
    "owner",
    "kpi__family",
    "pk",
    "first_day",
    "last_day",
    "label",
    "phase",
    "status",
    "is_breach",
    "has_late_rows",
    "current__number",
    "current__value",
    "current__attainment",
    "current__consequence",
    "current__definition__unit",
    "current__definition__places",
    "current__level__operator",
    "current__level__expected",
    "current__level__lower",
    "current__level__upper",
    "current__level__minimum",
    "current__level__compare_places",
    "current__level__compare_rounding",
    "current__level__weight",
    "current__level__kind",
    "current__level__enforced_from",
    "current__level__clause",
    "current__level__amendment__number",
    "current__definition__measure",
    "current__rows",
    "current__attested",
    "original",
    "original_status",
)


def load_heads(kpi_ids: Iterable[int], *, since: date, until: date) -> list[Head]:
    """Heads whose period ends in ``since``..``until``, and the last twelve of each KPI.

    One query, oldest first within a KPI, whatever the number of KPIs and periods.
    """
    ended = KpiPeriod.objects.filter(kpi__in=set(kpi_ids), last_day__lte=until)
    recent = Window(RowNumber(), partition_by=F("kpi_id"), order_by=F("starts_at").desc())
    ranked = ended.annotate(recency=recent)
    return _read(ranked.filter(Q(recency__lte=TREND_PERIODS) | Q(last_day__gte=since)))


def _read(periods: QuerySet[KpiPeriod]) -> list[Head]:
    owned = periods.annotate(owner=Coalesce("kpi__contract_id", "kpi__process__contract_id"))
    told = owned.annotate(original=_original("value"), original_status=_original("status"))
    ordered = told.order_by("kpi_id", "starts_at")
    return [_head(*row) for row in ordered.values_list(*_FIELDS)]


def _original(column: str) -> Case:
    """``column`` of the last revision before the first restatement, of restated figures."""
    before = ResultRevision.objects.filter(period=OuterRef("pk"), reason="").order_by("-number")
    restated = When(phase=KpiPeriod.Phase.RESTATED, then=Subquery(before.values(column)[:1]))
    return Case(restated, default=Value(""), output_field=CharField())


def _head(*row: object) -> Head:
    given = dict(zip(Head.__slots__, row, strict=True))
    given["value"] = _exact(given["value"])
    given["attainment"] = _exact(given["attainment"])
    given["weight"] = _exact(given["weight"]) or Fraction(0)
    given["original"] = _exact(given["original"])
    for name in ("operator", "kind", "clause", "consequence", "unit", "measure", "original_status"):
        given[name] = given[name] or ""
    given["rows"], given["attested"] = given["rows"] or 0, bool(given["attested"])
    given["places"] = 2 if given["places"] is None else given["places"]
    return Head(**given)  # type: ignore[arg-type]  # the row has the fields' types


@lru_cache(maxsize=8192)  # weights and attainments repeat a lot, and a fraction is slow to parse
def _exact(text: object) -> Fraction | None:
    return None if text in (None, "") else Fraction(str(text))
