"""What people did with the story's figures: cases worked, a month closed, a review held.

Everything goes through the services that the pages call, as one of the demonstration's people,
at the story's own time. It is done once; afterwards the installation is the visitor's.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from contracts.models import Contract, User, Vendor
from contracts.selectors.scope import Scope, visible_to
from contracts.services.acting import acting_as
from contracts.services.certifications import certification_create
from contracts.services.contacts import contact_create
from metrics.casework import handling, incidents, plans, waivers
from metrics.casework.moves import ACKNOWLEDGE, DISPUTE
from metrics.casework.moving import case_move
from metrics.casework.terms import claim_terms_set
from metrics.closing.gaps import gaps_of
from metrics.closing.steps import close_step
from metrics.demo.story import TODAY
from metrics.models import (
    BreachCase,
    CorrectivePlan,
    KpiPeriod,
    MonthClose,
    PlanStep,
    Review,
    ReviewAction,
)
from metrics.reviews.actions import action_agree
from metrics.reviews.meetings import decision_write, review_hold, review_plan
from metrics.reviews.packs.building import pack_build
from metrics.scorecards.commentary import commentary_write
from metrics.selectors.breaches import OPEN_STATES
from metrics.selectors.spans import parse_span

Step = MonthClose.Step
_SEPTEMBER: Final = parse_span("2026-09")
_QUARTER: Final = parse_span("2026-Q3")
_CONTACTS: Final = (
    # vendor, name, role, email, escalation
    ("halcyon", "Jonas Weber", "Delivery lead", "jonas.weber@halcyon.example", False),
    ("halcyon", "Ilse Brandt", "Managing director", "ilse.brandt@halcyon.example", True),
    ("saffron", "Kavita Rao", "Account manager", "kavita.rao@saffron.example", True),
    ("stratus", "Pieter de Vries", "Service manager", "p.devries@stratus.example", True),
    ("lumen", "Grace Achebe", "Quality lead", "grace.achebe@lumen.example", True),
)
_CERTIFICATIONS: Final = (
    # vendor, standard, scope, issued, expires
    ("stratus", "ISO/IEC 27001:2022", "Hosting, Amsterdam", date(2024, 1, 15), date(2027, 1, 14)),
    ("bluefin", "ISO 9001:2015", "Regulatory filings", date(2023, 12, 19), date(2026, 12, 18)),
    ("lumen", "SOC 2 Type II", "Clinical review", date(2025, 11, 1), date(2026, 10, 31)),
    ("saffron", "ISO/IEC 27001:2022", "Data entry, Pune", date(2025, 3, 3), date(2028, 3, 2)),
)


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody of the demonstration, with what they may see and do on the story's last day."""

    user: User
    scope: Scope


def is_lived() -> bool:
    """Whether people have been here already."""
    return MonthClose.objects.exists()


@transaction.atomic
def live() -> None:
    """Have the demonstration's people do their work of the last weeks, once."""
    if is_lived():
        return
    dana, tom, jonas = (_person(name) for name in ("procurement", "operations", "halcyon"))
    with acting_as(dana.user):
        _know_vendors()
        _state_claim_days()
    _work_cases(tom, jonas)
    with acting_as(tom.user):
        _incident(tom)
        _waiver(tom)
    _close_months(tom, dana, jonas)
    with acting_as(dana.user):
        _review(dana, tom)


def _person(username: str) -> _Person:
    user = User.objects.get(username=username)
    return _Person(user, visible_to(user, TODAY.date()))


def _know_vendors() -> None:
    vendors = _vendors()
    for code, name, role, email, is_escalation in _CONTACTS:
        contact_create(
            vendor=vendors[code], name=name, role=role, email=email, is_escalation=is_escalation
        )
    for code, standard, words, issued, expires in _CERTIFICATIONS:
        certification_create(
            vendor=vendors[code],
            standard=standard,
            scope_words=words,
            issued_on=issued,
            expires_on=expires,
        )


def _state_claim_days() -> None:
    """Halcyon negotiated ninety days for claims, so that some can still be made."""
    claim_terms_set(
        contract=Contract.objects.get(reference="HAL-SOW-01"),
        valid_from=date(2026, 7, 1),
        dispute_days=90,
        relief_days=90,
    )


def _vendors() -> dict[str, Vendor]:
    return {vendor.code: vendor for vendor in Vendor.objects.all()}


def _work_cases(tom: _Person, jonas: _Person) -> None:
    """Halcyon's newest failures: one taken up with a plan, one disputed."""
    newest, *others = _unsettled("halcyon")
    with acting_as(tom.user):
        _take_up(newest, tom)
    with acting_as(jonas.user):
        plan = _answer(newest, jonas)
        _dispute(others, jonas)
    with acting_as(tom.user):
        plans.plan_accept(plan_id=plan.pk, answer="", scope=tom.scope, as_of=TODAY)


def _take_up(case: BreachCase, tom: _Person) -> None:
    """The buyer acknowledges a failure and says what it thinks, to the vendor and inside."""
    case_move(case_id=case.pk, move=ACKNOWLEDGE, scope=tom.scope, as_of=TODAY)
    handling.case_assign(case_id=case.pk, assignee=tom.user, scope=tom.scope)
    handling.comment_add(
        case_id=case.pk,
        body="Please send the list of series that were forecast without the promotion plan.",
        is_internal=False,
        scope=tom.scope,
    )
    handling.comment_add(
        case_id=case.pk,
        body="Second miss since their planner left; raise it in the review.",
        is_internal=True,
        scope=tom.scope,
    )


def _answer(case: BreachCase, jonas: _Person) -> CorrectivePlan:
    """The vendor explains a failure and proposes a plan."""
    commentary_write(
        period=case.period,
        text="The promotion calendar reached us after the forecast had been issued. From next "
        "month the forecast is cut on the calendar's own deadline.",
        author=jonas.user,
        as_of=TODAY,
    )
    plan = plans.plan_propose(
        subject=case,
        title="Forecast after the promotion calendar",
        cause="The calendar and the forecast had no common cut-off.",
        scope=jonas.scope,
    )
    for title, days in (("Agree a common cut-off", 12), ("Re-train on promotion weeks", 33)):
        plans.step_add(
            plan_id=plan.pk,
            title=title,
            side=PlanStep.Side.VENDOR,
            owner="Jonas Weber",
            due_on=TODAY.date() + timedelta(days=days),
            scope=jonas.scope,
        )
    return plan


def _dispute(cases: list[BreachCase], jonas: _Person) -> None:
    """The vendor disputes the newest of ``cases``."""
    for case in cases[:1]:
        case_move(
            case_id=case.pk,
            move=DISPUTE,
            scope=jonas.scope,
            as_of=TODAY,
            reason="Two of the late issues were requested by the buyer after the deadline.",
        )


def _incident(tom: _Person) -> None:
    cases = _unsettled("stratus")[:2]
    first = min(case.period.first_day for case in cases)
    started = datetime(first.year, first.month, 14, 2, 10, tzinfo=TODAY.tzinfo)
    incident = incidents.incident_create(
        vendor=_vendors()["stratus"],
        title="Storage controller failover",
        started_at=started,
        ended_at=started + timedelta(hours=5),
        description="The second controller did not take over; volumes were read-only meanwhile.",
        scope=tom.scope,
    )
    for case in cases:
        handling.case_link(case_id=case.pk, incident=incident, scope=tom.scope)


def _waiver(tom: _Person) -> None:
    case = _unsettled("saffron")[0]
    waivers.waiver_request(
        case_id=case.pk,
        waiver_scope=BreachCase.WaiverScope.CREDIT,
        reason="Their site was closed by the flood; the backlog was cleared within the week.",
        scope=tom.scope,
    )


def _close_months(tom: _Person, dana: _Person, jonas: _Person) -> None:
    """September: published for one contract, with its vendor for another, begun for a third."""
    taken = (
        ("HAL-SOW-01", Step.PUBLISHED),
        ("SAF-SOW-01", Step.DATA_IN),
        ("BLU-SOW-01", Step.RELIEF_DECIDED),
    )
    for reference, last in taken:
        contract = Contract.objects.get(reference=reference)
        for number, step in enumerate(list(Step)[1 : list(Step).index(last) + 1]):
            who = {Step.AGREED: jonas, Step.PUBLISHED: dana}.get(step, tom)
            with acting_as(who.user):
                _close(contract, step, who, TODAY + timedelta(hours=number))


def _close(contract: Contract, step: MonthClose.Step, who: _Person, at: datetime) -> None:
    gaps = [gap for gap in gaps_of([contract.pk], _SEPTEMBER, at)[contract.pk] if gap.step == step]
    close_step(
        contract=contract,
        span=_SEPTEMBER,
        step=step,
        by=who.user,
        as_of=at,
        reason="Known, and agreed to go on" if gaps else "",
    )


def _review(dana: _Person, tom: _Person) -> None:
    vendor = _vendors()["halcyon"]
    held_on = date(2026, 10, 21)
    review = review_plan(
        vendor=vendor, kind=Review.Kind.QUARTERLY, planned_on=held_on, chair=dana.user
    )
    review_hold(
        review=review,
        held_on=held_on,
        attendees="Dana Reyes, Tom Okafor, Jonas Weber, Ilse Brandt",
        today=TODAY.date(),
    )
    pack_build(vendor=vendor, span=_QUARTER, as_of=TODAY, by=str(dana.user), review=review)
    decision_write(
        review=review,
        text="Forecast and promotion calendar share one cut-off from December on.",
        is_internal=False,
        by=dana.user,
    )
    _agree(review, tom, held_on)
    review_plan(
        vendor=vendor,
        kind=Review.Kind.QUARTERLY,
        planned_on=date(2027, 1, 20),
        chair=dana.user,
    )


def _agree(review: Review, tom: _Person, held_on: date) -> None:
    """An action of each side."""
    action_agree(
        review=review,
        text="Send the promotion calendar by the 20th of the month before",
        side=ReviewAction.Side.BUYER,
        owner=tom.user,
        due_on=date(2026, 11, 20),
        agreed_on=held_on,
    )
    action_agree(
        review=review,
        text="Show forecast accuracy with and without promotion weeks",
        side=ReviewAction.Side.VENDOR,
        owner_name="Jonas Weber",
        due_on=date(2026, 12, 15),
        agreed_on=held_on,
    )


def _unsettled(vendor: str) -> list[BreachCase]:
    """Open cases of a vendor's contracts, the newest period first."""
    found = BreachCase.objects.filter(
        state__in=set(OPEN_STATES) - {BreachCase.State.PROVISIONAL},
        period__kpi__contract__vendor__code=vendor,
        period__phase__in=[KpiPeriod.Phase.FINAL, KpiPeriod.Phase.RESTATED],
    )
    return list(found.select_related("period__kpi").order_by("-opened_at", "-id"))
