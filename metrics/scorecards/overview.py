"""All vendors beside each other: family scores with trend, failures, freshness and notice."""

from collections.abc import Iterable, Mapping, Sequence
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
from metrics.scorecards.families import score_of, trends_of, weights_of
from metrics.scorecards.material import (
    Material,
    Reach,
    by_vendor,
    load_material,
    of_vendors,
    reach_of,
)
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
    """One vendor of the overview; ``tier`` and ``owner`` are empty for a vendor's reader."""

    code: str
    name: str
    country: str
    tier: str
    owner: str
    families: tuple[FamilyCell, ...]
    open_breaches: int
    fresh_at: datetime | None
    notice: NoticeDue | None


@dataclass(frozen=True, slots=True)
class Overview:
    """``cases``: unsettled breach cases by vendor id, also of vendors that are not shown."""

    span: Span | None
    vendors: tuple[VendorRow, ...]
    reach: Reach
    cases: Mapping[int, int]

    def open_breaches(self, vendors: Iterable[Vendor]) -> int:
        return sum(self.cases.get(vendor.pk, 0) for vendor in vendors)


def assemble_overview(
    *, scope: Scope, span: Span | None, today: date, vendors: Iterable[Vendor] | None = None
) -> Overview:
    """Every vendor ``scope`` shows, in ``span`` or else the month of the newest result.

    ``vendors``: those wanted, by itself all in use. A fixed number of queries for any number of
    vendors. Tier, owner and the notice deadline are the buyer's own and are left out for vendors.
    """
    kpis = scoped.kpis(scope)
    reach = reach_of(kpis)
    span = span or reach.newest
    if vendors is None:
        vendors = contracts_scope.vendors(scope).filter(archived_at__isnull=True)
    wanted = list(vendors)
    if span is None:
        rows = (_row(scope, each, (), None, 0, None) for each in wanted)
        return Overview(None, tuple(rows), reach, {})
    material = load_material(kpis.filter(of_vendors([each.pk for each in wanted])), span)
    owned = by_vendor(material.kpis)
    cases, notices = _open_cases(scope), _notices(scope, today)
    shown = (
        _row(
            scope,
            vendor,
            _families(material, owned.get(vendor.pk, [])),
            _freshness(material, owned.get(vendor.pk, [])),
            cases.get(vendor.pk, 0),
            notices.get(vendor.pk),
        )
        for vendor in wanted
    )
    return Overview(span, tuple(shown), reach, cases)


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
    scope: Scope,
    vendor: Vendor,
    families: tuple[FamilyCell, ...],
    fresh_at: datetime | None,
    cases: int,
    notice: NoticeDue | None,
) -> VendorRow:
    return VendorRow(
        code=vendor.code,
        name=vendor.name,
        country=vendor.country,
        tier=vendor.get_tier_display() if scope.is_internal else "",
        owner=vendor.owner if scope.is_internal else "",
        families=families,
        open_breaches=cases,
        fresh_at=fresh_at,
        notice=notice,
    )


def _families(material: Material, kpis: Sequence[Kpi]) -> tuple[FamilyCell, ...]:
    weights = weights_of(material, kpis, material.span)
    trends = trends_of(material, kpis)
    cells = []
    for name in FAMILIES:
        scored = [kpi for kpi in kpis if kpi.family == name]
        score = score_of(material, scored, material.span, weights)
        trend = trends[name]
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


def _freshness(material: Material, kpis: Sequence[Kpi]) -> datetime | None:
    arrivals = (material.fresh_at.get(kpi.pk) for kpi in kpis)
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
