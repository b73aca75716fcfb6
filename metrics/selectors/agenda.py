"""What waits for somebody: short lists for the first page of the day."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from contracts.models import Contract
from contracts.selectors import scope as contracts_scope
from contracts.selectors.notice import Notice, next_notice
from contracts.selectors.scope import Scope
from metrics.models import BreachCase, Ingestion
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import OPEN_STATES, snoozed_on

State = BreachCase.State
_SEVERE = ("critical", "major")
REJECTS_KEPT = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class DateToAct:
    """A contract's last day to serve notice or to exercise its option, still ahead."""

    contract: Contract
    notice: Notice
    serve_by: date
    days_left: int


@dataclass(frozen=True, slots=True)
class OffCourse:
    """A vendor with unsettled failures that weigh."""

    code: str
    name: str
    cases: int
    critical: int


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many cases of one severity are unsettled, and how many of them nobody has taken up."""

    severity: str
    cases: int
    untouched: int


def dates_to_act_on(scope: Scope, *, today: date, within_days: int) -> list[DateToAct]:
    """Nearest first: one query. Empty for vendors, whom the buyer's intentions do not concern."""
    if not scope.is_internal:
        return []
    found = contracts_scope.contracts(scope).filter(
        archived_at__isnull=True, last_day__isnull=False, notice_length__isnull=False
    )
    dates = (_date_of(contract, today) for contract in found)
    near = [each for each in dates if each and 0 <= each.days_left <= within_days]
    return sorted(near, key=lambda each: (each.days_left, each.contract.reference))


def vendors_off_course(scope: Scope, *, most: int) -> list[OffCourse]:
    """Vendors with unsettled critical or major cases, the worst first: one query."""
    owner = "period__kpi__contract__vendor", "period__kpi__process__contract__vendor"
    severe = scoped.cases(scope).filter(state__in=OPEN_STATES, severity__in=_SEVERE)
    counted = (
        severe.annotate(
            code=Coalesce(f"{owner[0]}__code", f"{owner[1]}__code"),
            vendor_name=Coalesce(f"{owner[0]}__name", f"{owner[1]}__name"),
        )
        .values("code", "vendor_name")
        .annotate(cases=Count("id"), critical=Count("id", filter=Q(severity="critical")))
        .order_by("-critical", "-cases", "vendor_name")
    )
    return [
        OffCourse(row["code"], row["vendor_name"], row["cases"], row["critical"])
        for row in counted[:most]
    ]


def cases_waiting(scope: Scope, *, today: date) -> list[CaseCount]:
    """Unsettled cases that are awake, by severity, the worst first: one query."""
    counted = (
        scoped.cases(scope)
        .filter(state__in=OPEN_STATES)
        .exclude(snoozed_on(today))
        .values("severity")
        .annotate(cases=Count("id"), untouched=Count("id", filter=Q(state=State.OPEN)))
        .order_by()
    )
    rank = {"critical": 0, "major": 1}
    found = [CaseCount(row["severity"], row["cases"], row["untouched"]) for row in counted]
    return sorted(found, key=lambda each: rank.get(each.severity, 2))


def cases_to_answer(scope: Scope, *, most: int) -> list[BreachCase]:
    """Cases that are open or acknowledged, the newest first, with their KPI: one query."""
    found = scoped.cases(scope).filter(state__in=[State.OPEN, State.ACKNOWLEDGED])
    return list(found.select_related("period__kpi").order_by("-opened_at", "-id")[:most])


def deliveries_in_trouble(scope: Scope, *, today: date) -> QuerySet[Ingestion]:
    """Deliveries set aside, rejected, or with rows that nobody mended, of the last weeks and not
    undone, newest first; ``left`` is how many rows."""
    unmended = Count("rejects", filter=Q(rejects__mended_by__isnull=True))
    trouble = Q(status__in=[Ingestion.Status.PARKED, Ingestion.Status.REJECTED])
    trouble |= Q(status=Ingestion.Status.DONE, left__gt=0)
    found = scoped.ingestions(scope).filter(
        received_at__date__gte=today - REJECTS_KEPT, undone_at=None, undoes=None
    )
    return found.annotate(left=unmended).filter(trouble).select_related("feed").order_by("-id")


def _date_of(contract: Contract, today: date) -> DateToAct | None:
    notice = next_notice(contract, today=today)
    if notice is None or notice.serve_by is None:
        return None
    return DateToAct(contract, notice, notice.serve_by, (notice.serve_by - today).days)
