"""The panels of the first page: each one short list of what waits for its reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from contracts.models.certifications import Standing
from contracts.selectors.approvals import approvals_waiting
from contracts.selectors.certifications import certifications_running_out
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.approvals import decisions
from metrics.alerts.warnings import warnings_list
from metrics.closing.board import months_waiting
from metrics.models import Ingestion, ManualEntry, Scorecard
from metrics.selectors import agenda, wording
from metrics.selectors import scope as scoped
from metrics.selectors.owed import Stand, owed_deliveries
from metrics.selectors.spans import beside, month_of
from metrics.selectors.wording import Word

_SHOWN = 6
_DONE = Ingestion.Status.DONE
_NOTICE_DAYS = 120


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits. ``when``: its day, where it has one; ``word``: how urgent it is."""

    text: str
    url: str
    note: str = ""
    when: date | None = None
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A short list; ``calm`` is what it says when nothing waits."""

    key: str
    title: str
    lines: Sequence[Line]
    calm: str
    more_url: str
    more_text: str


def inbox(scope: Scope, now: datetime) -> Panel:
    lines = [
        Line(
            text=f"{each.cases} case{'s' * (each.cases != 1)}",
            url=f"{reverse('breaches')}?severity={each.severity}",
            note=f"{each.untouched} not taken up" if each.untouched else "all taken up",
            word=wording.severity_word(each.severity),
        )
        for each in agenda.cases_waiting(scope, today=now.date())
    ]
    calm = "No breach case needs work."
    return Panel("inbox", "Breach inbox", lines, calm, reverse("breaches"), "Open the inbox")


def dates(scope: Scope, now: datetime) -> Panel:
    lines = [
        Line(
            text=each.contract.title,
            url=reverse("contract-terms", args=[each.contract.reference]),
            note=f"{each.notice.purpose}, {each.days_left} day{'s' * (each.days_left != 1)} left",
            when=each.serve_by,
        )
        for each in agenda.dates_to_act_on(scope, today=now.date(), within_days=_NOTICE_DAYS)
    ]
    calm = f"No contract has to be acted on in the next {_NOTICE_DAYS} days."
    return Panel(
        "dates", "Dates to act on", lines[:_SHOWN], calm, reverse("contracts"), "All contracts"
    )


def off_course(scope: Scope, now: datetime) -> Panel:
    lines = [
        Line(
            text=each.name,
            url=reverse("vendor", args=[each.code]),
            note=f"{each.cases} unsettled" + (f", {each.critical} critical" * bool(each.critical)),
            word=wording.severity_word("critical" if each.critical else "major"),
        )
        for each in agenda.vendors_off_course(scope, most=_SHOWN)
    ]
    calm = "No vendor has an unsettled failure that weighs."
    return Panel(
        "off-course", "Vendors off course", lines, calm, reverse("overview"), "All vendors"
    )


def certifications(scope: Scope, now: datetime) -> Panel:
    today = now.date()
    lines = [
        Line(
            text=f"{each.standard}, {each.vendor}",
            url=f"{reverse('certifications')}?vendor={each.vendor.code}",
            when=each.expires_on,
            word=_standing(each.standing(today)),
        )
        for each in certifications_running_out(scope, today=today)[:_SHOWN]
    ]
    calm = "No certification runs out soon."
    return Panel(
        "certifications",
        "Certifications running out",
        lines,
        calm,
        reverse("certifications"),
        "All certifications",
    )


def at_risk(scope: Scope, now: datetime) -> Panel:
    """Running periods that passed an early warning: the gravest of each KPI."""
    lines = [
        Line(
            text=each.kpi.name if each.kpi else "",
            url=reverse("kpi", args=[each.kpi.code]) if each.kpi else "",
            note=each.facts["said"],
            when=each.at.date(),
            word=wording.severity_word(each.severity),
        )
        for each in warnings_list(scope)[:_SHOWN]
    ]
    calm = "No running period is heading for a miss."
    return Panel("at-risk", "Periods at risk", lines, calm, reverse("kpis"), "All KPIs")


def owed(scope: Scope, now: datetime) -> Panel:
    waiting = [
        each
        for each in owed_deliveries(scope=scope, as_of=now)
        if each.stand in {Stand.OVERDUE, Stand.DUE}
    ]
    lines = [
        Line(
            text=f"{each.feed.name}, {each.label}",
            url=reverse("feed", args=[each.feed.code]),
            when=each.due_at.date(),
            word=wording.owed_word(each.stand),
        )
        for each in waiting[:_SHOWN]
    ]
    calm = "Nothing is owed now."
    return Panel("owed", "Deliveries owed", lines, calm, reverse("deliveries"), "All deliveries")


def approvals(scope: Scope, now: datetime) -> Panel:
    """Requests and typed-in figures that this reader may decide: not their own."""
    titles = {kind: each.title for kind, each in decisions().items()}
    waiting = approvals_waiting(scope).select_related("requested_by", "requested_key")
    lines = [
        Line(
            text=f"{titles[each.kind]}: {each.label}",
            url=reverse("approval", args=[each.pk]),
            note=f"asked by {each.asked_by}",
            when=each.requested_at.date(),
        )
        for each in waiting.order_by("id")[:_SHOWN]
    ]
    lines += _figures_to_approve(scope)
    calm = "Nothing waits for your decision."
    return Panel(
        "approvals",
        "Waiting for your decision",
        lines[:_SHOWN],
        calm,
        reverse("approvals"),
        "All requests",
    )


def _figures_to_approve(scope: Scope) -> list[Line]:
    if not scope.may(Duty.APPROVE_FIGURES):
        return []
    waiting = scoped.entries(scope).filter(state=ManualEntry.State.PROPOSED)
    others = waiting.exclude(entered_by_user=scope.reader).select_related("kpi")
    return [
        Line(
            text=f"Typed-in figure: {each.kpi.name}",
            url=reverse("entry", args=[each.pk]),
            note=f"entered by {each.entered_by}",
            when=each.entered_at.date(),
        )
        for each in others.order_by("id")[:_SHOWN]
    ]


def trouble(scope: Scope, now: datetime) -> Panel:
    lines = [
        Line(
            text=each.filename,
            url=f"{reverse('deliveries')}?feed={each.feed.code}",
            note=_trouble_words(each),
            when=each.received_at.date(),
            word=wording.ingestion_word(each.status) if each.status != _DONE else None,
        )
        for each in agenda.deliveries_in_trouble(scope, today=now.date())[:_SHOWN]
    ]
    calm = "Every row of the last weeks is in."
    return Panel(
        "trouble", "Deliveries to mend", lines, calm, reverse("deliveries"), "All deliveries"
    )


def cases_to_answer(scope: Scope, now: datetime) -> Panel:
    lines = [
        Line(
            text=f"{case.period.kpi.name}, {case.period.label}",
            url=reverse("case", args=[case.pk]),
            note=wording.case_word(case.state).text,
            when=case.opened_at.date(),
            word=wording.severity_word(case.severity),
        )
        for case in agenda.cases_to_answer(scope, most=_SHOWN)
    ]
    calm = "No breach case waits for your answer."
    return Panel("answer", "Cases to answer", lines, calm, reverse("breaches"), "All cases")


def months(scope: Scope, now: datetime) -> Panel:
    """Last month's close, as far as this reader acts in it."""
    span = beside(month_of(now.date()), -1)
    waiting = months_waiting(span, scope=scope)
    lines = [
        Line(
            text=each.contract.title,
            url=reverse("month", args=[each.contract.reference, span.first_day]),
            note=f"{each.contract.reference}, next: {each.step.label.lower()}",
            when=each.answer_by,
        )
        for each in waiting[:_SHOWN]
    ]
    calm = f"{span.words} is closed." if scope.is_internal else f"{span.words} needs no answer."
    title = f"Month close, {span.words}" if scope.is_internal else f"To agree, {span.words}"
    return Panel("months", title, lines, calm, reverse("months"), "The board")


def cards(scope: Scope, now: datetime) -> Panel:
    """Scorecards published last."""
    published = scoped.scorecards(scope).select_related("vendor", "contract")
    lines = [
        Line(
            text=f"{each.contract.title if each.contract else each.vendor}, {each.label}",
            url=_card_url(each),
            note=f"edition {each.edition}",
            when=each.published_at.date(),
        )
        for each in published.order_by("-published_at", "-id")[:_SHOWN]
    ]
    calm = "No scorecard is published yet; running figures stand on the vendors' pages."
    return Panel(
        "cards", "Published scorecards", lines, calm, reverse("overview"), "Running scorecards"
    )


def _card_url(card: Scorecard) -> str:
    if card.contract:
        return f"{reverse('contract', args=[card.contract.reference])}?period={card.label}"
    return f"{reverse('vendor', args=[card.vendor and card.vendor.code])}?period={card.label}"


def _trouble_words(ingestion: Ingestion) -> str:
    """``left``, as the agenda counts it, of a delivery that is in; else how it stands."""
    left: int = getattr(ingestion, "left", 0)
    if ingestion.status != _DONE:
        return ingestion.get_status_display()
    return f"{left} row{'s' * (left != 1)} set aside"


def _standing(standing: Standing) -> Word:
    tone = wording.BAD if standing is Standing.EXPIRED else wording.WARN
    return Word(standing.capitalize(), tone)
