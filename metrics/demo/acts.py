"""What people decided while the story ran: relief, maintenance, a restatement, reported figures.

Each act is taken at its own instant between the deliveries, as one of the demonstration's people,
by the services that the pages call.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from contracts.models import Approval, Contract
from contracts.services.acting import acting_as, actor_of
from contracts.services.approvals import approval_decide
from metrics.casework.claiming import Claim
from metrics.casework.maintenance import Planned, maintenance_announce
from metrics.casework.relief import approval_of, relief_request
from metrics.demo.cast import case_of, cast, figure_of
from metrics.demo.hosting import MAINTENANCE
from metrics.demo.story import Step
from metrics.evaluation.approvals import RESTATEMENT, restatement_request
from metrics.feeds.reporting import Told, vendor_figure_report
from metrics.models import Kpi, MaintenanceWindow, ReliefRequest, VendorFigure

_NEW_YORK: Final = ZoneInfo("America/New_York")
# While our case system stood still, nobody could conclude a case; [start, end)
STANDSTILL: Final = (
    datetime(2026, 7, 13, tzinfo=_NEW_YORK),
    datetime(2026, 7, 18, tzinfo=_NEW_YORK),
)
# first day of the month, what Halcyon says of it, when
_REPORTED: Final = (
    (date(2026, 8, 1), Decimal("83.40"), datetime(2026, 9, 4, 9, 30, tzinfo=UTC)),
    (date(2026, 9, 1), Decimal("85.20"), datetime(2026, 10, 4, 9, 30, tzinfo=UTC)),
)


def acts() -> list[Step]:
    """All of them, in the order they were taken."""
    found = [_relief(), _restatement(), _maintenance(), *map(_report, _REPORTED)]
    return sorted(found, key=lambda step: step.at)


def _relief() -> Step:
    """Relief for a week in July in which Lumen's reviewers could not get into our system."""
    at = datetime(2026, 8, 5, 10, 0, tzinfo=UTC)

    @transaction.atomic
    def take() -> None:
        tom, dana = cast("operations", at), cast("procurement", at)
        claim = Claim(
            reason="Our case system stood still from 13 to 17 July; cases could not be concluded.",
            intervals=[STANDSTILL],
        )
        with acting_as(tom.user):
            case = case_of("lumen-insight", "2026-07")
            relief = relief_request(case_id=case.pk, claim=claim, scope=tom.scope, as_of=at)
        with acting_as(dana.user):
            request = approval_of(relief)
            assert request is not None  # it was asked for just now
            approval_decide(approval=request, approve=True, decided_by=dana.user, as_of=at)

    asked = ReliefRequest.objects.filter(period__kpi__code="lumen-insight")
    return Step(at, "relief for July", take, asked.exists)


def _restatement() -> Step:
    """August's accuracy in Pune counts the recount that came after the figure was final."""
    at = datetime(2026, 9, 28, 10, 0, tzinfo=UTC)

    @transaction.atomic
    def take() -> None:
        tom, dana = cast("operations", at), cast("procurement", at)
        period = figure_of("saffron-pune-accuracy", "2026-08")
        with acting_as(tom.user):
            reason = "The second reader counted errors of the scanner as errors of keying."
            request = restatement_request(period=period, reason=reason, requested_by=tom.user)
        with acting_as(dana.user):
            approval_decide(approval=request, approve=True, decided_by=dana.user, as_of=at)

    asked = Approval.objects.filter(kind=RESTATEMENT, payload__kpi="saffron-pune-accuracy")
    return Step(at, "restatement of August", take, asked.exists)


def _maintenance() -> Step:
    """Stratus' night of maintenance, announced ten days ahead."""
    at = datetime(2026, 10, 8, 9, 0, tzinfo=UTC)

    def take() -> None:
        tom = cast("operations", at)
        start, end = MAINTENANCE
        contract = Contract.objects.get(reference="STR-ORD-01")
        planned = Planned(contract, start, end, "New firmware of the storage controllers")
        with acting_as(tom.user):
            maintenance_announce(planned=planned, scope=tom.scope, as_of=at)

    return Step(at, "maintenance of October", take, MaintenanceWindow.objects.exists)


def _report(said: tuple[date, Decimal, datetime]) -> Step:
    """Halcyon's own figure of a month, as its delivery lead states it."""
    first_day, value, at = said

    def take() -> None:
        jonas = cast("halcyon", at)
        kpi = Kpi.objects.get(code="halcyon-accuracy")
        told = Told(first_day, value, note="Monthly report, page 3")
        with acting_as(jonas.user):
            vendor_figure_report(kpi=kpi, told=told, by=actor_of(jonas.scope), as_of=at)

    known = VendorFigure.objects.filter(kpi__code="halcyon-accuracy", first_day=first_day)
    return Step(at, f"Halcyon's figure of {first_day}", take, known.exists)
