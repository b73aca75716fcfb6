"""All vendors beside each other: family scores with trend, failures, freshness and notice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.db.models import Count
from django.db.models.functions import Coalesce

from contracts.models import Contract, Vendor
from contracts.selectors import scope as contracts_scope
from contracts.selectors.notice import Notice, next_notice
from contracts.selectors.scope import Scope
from kpotracker.toolkit.charts import Point
from metrics.models import Kpi
from metrics.scorecards.families import score_of, trend_of, weights_of
from metrics.scorecards.material import Material, load_material, newest_month
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import OPEN_STATES
from metrics.selectors.spans import Span
from metrics.selectors.wording import FAMILIES


@dataclass(frozen=True, slots=True)
class FamilyCell:
    """One family of one vendor. ``standing`` says why there is no score; empty where there is
    one, or where nothing is promised. ``last``: the newest score before, where none was due.
    """

    family: str
    score: Fraction | None
    coverage: Fraction | None
    standing: str
    last: Point | None
    trend: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class NoticeDue:
    """The nearest day on which one of the vendor's contracts must be acted on."""

    contract: str
    notice: Notice
    days_left: int


@dataclass(frozen=True, slots=True)
class VendorRow:
    """One vendor of the overview."""

    code: str
    name: str
    tier: str
    owner: str
    families: tuple[FamilyCell, ...]
    open_breaches: int
    fresh_at: datetime | None
    notice: NoticeDue | None


@dataclass(frozen=True, slots=True)
class Overview:
    span: Span | None
    vendors: tuple[VendorRow, ...]

    @property
    def open_breaches(self) -> int:
        return sum(row.open_breaches for row in self.vendors)


def assemble_overview(*, scope: Scope, span: Span | None, today: date) -> Overview:
    """Every vendor ``scope`` shows, in ``span`` or else the month of the newest result.

    A fixed number of queries for any number of vendors. The notice deadline is a matter of the
    buyer's intentions and is left out for vendors.
    """
    kpis = scoped.kpis(scope)
    span = span or newest_month(kpis)
    vendors = list(contracts_scope.vendors(scope).filter(archived_at__isnull=True))
    if span is None:
        return Overview(None, tuple(_row(vendor, (), None, 0, None) for vendor in vendors))
    material = load_material(kpis, span)
    cases = _open_cases(scope)
    notices = _notices(scope, today)
    rows = [
        _row(
            vendor,
            _families(material, vendor),
            _freshness(material, vendor),
            cases.get(vendor.pk, 0),
            notices.get(vendor.pk),
        )
        for vendor in vendors
    ]
    return Overview(span, tuple(rows))


def nearest_notice(contracts: Iterable[Contract], *, today: date) -> NoticeDue | None:
    """The first notice deadline ahead among ``contracts``."""
    due = []
    for contract in contracts:
        notice = next_notice(contract, today=today)
        left = notice.days_left(today) if notice else None
        if notice and left is not None and left >= 0:
            due.append(NoticeDue(contract.reference, notice, left))
    return min(due, key=lambda item: item.days_left, default=None)


def _row(
    vendor: Vendor,
    families: tuple[FamilyCell, ...],
    fresh_at: datetime | None,
    cases: int,
    notice: NoticeDue | None,
) -> VendorRow:
    return VendorRow(
        code=vendor.code,
        name=vendor.name,
        tier=vendor.get_tier_display(),
        owner=vendor.owner,
        families=families,
        open_breaches=cases,
        fresh_at=fresh_at,
        notice=notice,
    )


def _families(material: Material, vendor: Vendor) -> tuple[FamilyCell, ...]:
    kpis = material.of_vendor(vendor.pk)
    weights = weights_of(material, kpis, material.span)
    cells = []
    for name in FAMILIES:
        scored = [kpi for kpi in kpis if kpi.family == name]
        score = score_of(material, scored, material.span, weights)
        trend = trend_of(material, kpis, name) if scored else ()
        standing = "" if score.score is not None else _standing(material, scored, score.coverage)
        last = trend[-1] if trend and standing == "not due" else None
        cells.append(FamilyCell(name, score.score, score.coverage, standing, last, trend))
    return tuple(cells)


def _standing(material: Material, kpis: Sequence[Kpi], coverage: Fraction | None) -> str:
    if coverage is not None:
        return "not rated"
    if any(material.inside(kpi, material.span) for kpi in kpis):
        return "not scored"
    return "not due" if kpis else ""


def _freshness(material: Material, vendor: Vendor) -> datetime | None:
    arrivals = (material.fresh_at.get(kpi.pk) for kpi in material.of_vendor(vendor.pk))
    return max((at for at in arrivals if at), default=None)


def _open_cases(scope: Scope) -> dict[int, int]:
    owner = Coalesce(
        "period__kpi__contract__vendor_id", "period__kpi__process__contract__vendor_id"
    )
    still_open = scoped.cases(scope).filter(state__in=OPEN_STATES)
    counts = still_open.annotate(owner=owner).values("owner").annotate(cases=Count("id"))
    return dict(counts.order_by().values_list("owner", "cases"))


def _notices(scope: Scope, today: date) -> dict[int, NoticeDue]:
    if not scope.is_internal:
        return {}
    by_vendor: dict[int, list[Contract]] = {}
    for contract in contracts_scope.contracts(scope).filter(archived_at__isnull=True):
        by_vendor.setdefault(contract.vendor_id, []).append(contract)
    found = {pk: nearest_notice(owned, today=today) for pk, owned in by_vendor.items()}
    return {pk: notice for pk, notice in found.items() if notice}
