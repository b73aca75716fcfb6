"""What was done about failures: cases, corrective plans, commentary, and what data is missing."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Prefetch, Q

from contracts.models import User
from metrics.models import BreachCase, CaseTransition, Commentary, CorrectivePlan, ResultRevision
from metrics.reviews.packs.scores import Part, word_part
from metrics.reviews.packs.subject import Audience, PackSubject
from metrics.scorecards.cards import Card
from metrics.scorecards.rows import breach_row
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import OPEN_STATES, THE_BUYER, breaches_list, told_of
from metrics.selectors.owed import Owed, Stand, owed_deliveries
from metrics.selectors.results import of_contract
from metrics.selectors.wording import case_word


def case_parts(subject: PackSubject, audience: Audience) -> list[Part]:
    """The cases of the period, and those before it that still need work; newest first."""
    span = subject.span
    found = breaches_list(scope=audience.scope, vendor=subject.vendor.code)
    relevant = Q(period__last_day__gte=span.first_day) | Q(state__in=OPEN_STATES)
    found = found.filter(relevant, period__last_day__lte=span.last_day)
    found = found.filter(_under(subject, "period__kpi__")).select_related("incident", "assignee")
    steps = scoped.transitions(audience.scope).select_related("person", "key").order_by("id")
    comments = scoped.comments(audience.scope).select_related("author", "key").order_by("id")
    told = found.prefetch_related(
        Prefetch("transitions", queryset=steps), Prefetch("comments", queryset=comments)
    )
    return [_case(case, subject, audience) for case in told]


def plan_parts(subject: PackSubject, audience: Audience) -> list[Part]:
    """Corrective action plans that are under way, or whose steps were done in the period."""
    span = subject.span
    running = ~Q(state=CorrectivePlan.State.COMPLETED)
    lately = Q(steps__done_on__range=(span.first_day, span.last_day))
    found = scoped.plans(audience.scope).filter(running | lately, vendor=subject.vendor)
    steps = scoped.plan_steps(audience.scope).order_by("due_on", "id")
    told = found.distinct().prefetch_related(Prefetch("steps", queryset=steps))
    return [_plan(plan, subject.today) for plan in told.order_by("id")]


def commentary_parts(revisions: Mapping[int, ResultRevision], audience: Audience) -> list[Part]:
    """What each side says about the figures, in its last version, by period of the KPI."""
    found = scoped.commentary(audience.scope).filter(period__in=list(revisions))
    joined = found.select_related("author", "period__kpi").order_by(
        "period__kpi__name", "period__starts_at", "side", "is_internal", "version"
    )
    last = {(each.period_id, each.side, each.is_internal): each for each in joined}
    return [_comment(each, audience) for each in last.values()]


def missing_parts(cards: Iterable[Card]) -> list[Part]:
    """Figures that the period should have and has not, with the reason in words."""
    found = []
    for card in cards:
        for family in card.families:
            for line in family.lines:
                absent = [f for f in line.figures if f.value is None]
                found += [_missing(line.name, f.label, word_part(f.word)) for f in absent]
                if not line.figures:
                    found.append(_missing(line.name, card.span.label, _NEVER))
    return found


def delivery_parts(subject: PackSubject, audience: Audience) -> list[Part]:
    """Deliveries of the vendor for days of the period that are owed, or that came late."""
    span = subject.span
    back = subject.built_at - datetime.combine(span.first_day, time.min, UTC)
    if back < timedelta(0):
        return []
    owed = owed_deliveries(scope=audience.scope, as_of=subject.built_at, back=back)
    of_vendor = (one for one in owed if one.feed.vendor_id == subject.vendor.pk)
    told = (one for one in of_vendor if one.last_day <= span.last_day)
    return [_delivery(one) for one in told if one.came_late or one.stand in _WAITED_FOR]


_WAITED_FOR = (Stand.DUE, Stand.OVERDUE)
_NEVER = {"text": "Not measured", "tone": "quiet"}


def _missing(name: str, label: str, word: Part) -> Part:
    return {"name": name, "label": label, "word": word}


def _delivery(owed: Owed) -> Part:
    if owed.arrived_at:
        state = {"text": f"came late, on {owed.arrived_at:%-d %b %Y}", "tone": "warn"}
    elif owed.stand is Stand.OVERDUE:
        state = {"text": "overdue", "tone": "bad"}
    else:
        state = {"text": "due", "tone": "quiet"}
    return {
        "feed": owed.feed.name,
        "label": owed.label,
        "due_on": owed.due_at.date().isoformat(),
        "state": state,
    }


def _under(subject: PackSubject, prefix: str) -> Q:
    """The condition on KPIs of the contracts that the pack is narrowed to."""
    if not subject.is_narrowed:
        return Q()
    conditions = (of_contract(each.reference, prefix) for each in subject.contracts)
    whole = Q(pk__in=[])
    for condition in conditions:
        whole |= condition
    return whole


def _case(case: BreachCase, subject: PackSubject, audience: Audience) -> Part:
    row = breach_row(case)
    return {
        "case": case.pk,
        "kpi": row["kpi"],
        "name": row["name"],
        "contract": row["contract"],
        "label": row["period"],
        "is_earlier": row["last_day"] < subject.span.first_day,
        "actual": row["value_text"],
        "target": row["target_text"],
        "delta": row["delta_text"],
        "severity": word_part(row["severity_word"]),
        "state": word_part(row["state_word"]),
        "opened_on": case.opened_at.date().isoformat(),
        "incident": _incident(case, audience),
        "steps": [_step(step, audience) for step in case.transitions.all() if step.from_state],
        "comments": [
            {
                "on": comment.at.date().isoformat(),
                "by": told_of(comment, audience.scope),
                "text": comment.body,
                "is_internal": comment.is_internal,
            }
            for comment in case.comments.all()
        ],
    }


def _incident(case: BreachCase, audience: Audience) -> str:
    incident = case.incident
    if incident is None or (incident.is_internal and not audience.is_internal):
        return ""
    return incident.title


def _step(step: CaseTransition, audience: Audience) -> Part:
    """A step; a vendor reads no reason that was kept inside."""
    hidden = step.is_internal and not audience.is_internal
    return {
        "on": step.at.date().isoformat(),
        "state": case_word(step.to_state).text,
        "by": _taker(step, audience),
        "reason": "" if hidden else step.reason,
    }


def _taker(step: CaseTransition, audience: Audience) -> str:
    if step.person:
        return _name(step.person, audience)
    of_buyer = step.key is not None and step.key.vendor_id is None
    return THE_BUYER if of_buyer and not audience.is_internal else step.by


def _name(person: User, audience: Audience) -> str:
    """A vendor reads no names of the buyer's people."""
    of_buyer = person.role != User.Role.VENDOR
    return THE_BUYER if of_buyer and not audience.is_internal else str(person)


def _plan(plan: CorrectivePlan, today: date) -> Part:
    return {
        "title": plan.title,
        "cause": plan.cause,
        "state": plan.get_state_display(),
        "steps": [
            {
                "title": step.title,
                "side": step.get_side_display(),
                "owner": step.owner,
                "due_on": step.due_on.isoformat(),
                "done_on": step.done_on.isoformat() if step.done_on else "",
                "is_overdue": step.is_overdue(today),
                "result": step.result,
            }
            for step in plan.steps.all()
        ],
    }


def _comment(each: Commentary, audience: Audience) -> Part:
    return {
        "kpi": each.period.kpi.code,
        "name": each.period.kpi.name,
        "label": each.period.label,
        "side": each.get_side_display(),
        "is_internal": each.is_internal,
        "by": _name(each.author, audience),
        "on": each.written_at.date().isoformat(),
        "text": each.text,
    }
