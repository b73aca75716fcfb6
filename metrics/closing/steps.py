"""Closing a month, step by step, each with who, when and what was missing all the same."""

import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from contracts.models import Contract, User
from contracts.services.acting import SYSTEM
from contracts.services.writing import save, writing
from metrics.closing.gaps import Gap, gaps_of
from metrics.models import CloseStep, MonthClose
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import Span, month_of, span_between

logger = logging.getLogger(__name__)

Step = MonthClose.Step
ORDER: Final = tuple(Step)
ANSWER_DAYS: Final = 10  # a vendor's days to object, unless the step says otherwise


def step_after(step: str) -> str | None:
    """The step that follows; None after the last."""
    position = ORDER.index(Step(step)) + 1
    return ORDER[position] if position < len(ORDER) else None


def close_of(contract: Contract, span: Span) -> MonthClose:
    """The close of the contract's month as far as it came, perhaps not begun and not stored."""
    known = MonthClose.objects.filter(contract=contract, first_day=span.first_day).first()
    return known or MonthClose(
        contract=contract, first_day=span.first_day, last_day=span.last_day, label=span.label
    )


def close_step(
    *,
    contract: Contract,
    span: Span,
    step: str,
    by: User,
    as_of: datetime,
    reason: str = "",
    answer_days: int = ANSWER_DAYS,
) -> MonthClose:
    """Do the next step of a month's close.

    Raises ValidationError: the month still runs, another step is next, or something is missing
    and no reason says why it is closed all the same; what is missing is kept with the step.
    """
    _refuse_span(contract, span, as_of)
    with writing():
        close = _locked(contract, span)
        _refuse_order(close, step)
        gaps = [gap for gap in gaps_of([contract.pk], span, as_of)[contract.pk] if gap.step == step]
        _refuse_silence(step, by, gaps, reason)
        if step == Step.RELIEF_DECIDED:
            close.answer_by = as_of.astimezone(ZoneInfo(contract.zone)).date() + timedelta(
                days=answer_days
            )
        if step == Step.PUBLISHED:
            _publish(contract, span, by, as_of, reason)
        _append(close, step, by=by, as_of=as_of, reason=reason, gaps=gaps)
    return close


def close_reopen(
    *, close: MonthClose, back_to: str, by: User, as_of: datetime, reason: str
) -> MonthClose:
    """Go back to an earlier step, whose later ones are to be done again. Raises ValidationError
    without a reason, or where ``back_to`` was not reached. Published cards stay as they are."""
    with writing():
        close = MonthClose.objects.select_for_update().get(pk=close.pk)
        if back_to not in Step.values or ORDER.index(Step(back_to)) >= ORDER.index(
            Step(close.step)
        ):
            raise ValidationError(f"{close} has not come further than that: there is no way back.")
        if not reason.strip():
            raise ValidationError({"reason": "Say why the month is opened again."})
        if ORDER.index(Step(back_to)) < ORDER.index(Step.RELIEF_DECIDED):
            close.answer_by = None
        kind = CloseStep.Kind.REOPENED
        _append(close, back_to, by=by, as_of=as_of, reason=reason, gaps=[], kind=kind)
    return close


def closes_deem(as_of: datetime) -> int:
    """Accept on the vendor's behalf what it had its days to object to, unless it disputes a
    result. Returns how many months were deemed accepted; one that fails is logged and tried
    again next time, and the others go on."""
    waiting = MonthClose.objects.filter(
        step=Step.RELIEF_DECIDED, answer_by__lt=as_of.date() + timedelta(days=1)
    )
    return sum(_deemed(pk, as_of) for pk in list(waiting.values_list("pk", flat=True)))


def _deemed(pk: int, as_of: datetime) -> bool:
    try:
        return _deem(pk, as_of)
    except Exception:
        logger.exception("Month close %s could not be deemed accepted.", pk)
        return False


def _deem(pk: int, as_of: datetime) -> bool:
    with writing():
        close = (
            MonthClose.objects.select_for_update(of=("self",)).select_related("contract").get(pk=pk)
        )
        today = as_of.astimezone(ZoneInfo(close.contract.zone)).date()
        due = close.step == Step.RELIEF_DECIDED and close.answer_by and close.answer_by < today
        if not due or _is_disputed(close, as_of):
            return False
        kind = CloseStep.Kind.DEEMED
        _append(close, Step.AGREED, by=None, as_of=as_of, reason="", gaps=[], kind=kind)
    return True


def _is_disputed(close: MonthClose, as_of: datetime) -> bool:
    found = gaps_of([close.contract_id], span_between(close.first_day, close.last_day), as_of)
    return any(gap.kind == "disputed" for gap in found[close.contract_id])


def _append(
    close: MonthClose,
    step: str,
    *,
    by: User | None,
    as_of: datetime,
    reason: str,
    gaps: list[Gap],
    kind: str = CloseStep.Kind.DONE,
) -> None:
    close.step = step
    save(close, action=f"closed: {Step(step).label.lower()}", reason=reason)
    CloseStep.objects.create(
        close=close,
        step=step,
        kind=kind,
        by=by,
        by_name=str(by) if by else SYSTEM,
        at=as_of,
        reason=reason.strip(),
        gaps=[asdict(gap) for gap in gaps],
    )


def _publish(contract: Contract, span: Span, by: User, as_of: datetime, reason: str) -> None:
    card = card_to_publish(span=span, contract=contract)
    publish(card=card, by=str(by), as_of=as_of, reason=reason)


def _locked(contract: Contract, span: Span) -> MonthClose:
    """The stored close, locked: the contract's row has two beginners take turns."""
    Contract.objects.select_for_update(of=("self",), no_key=True).get(pk=contract.pk)
    close = close_of(contract, span)
    if close._state.adding:
        save(close, action="began to close")
    return close


def _refuse_span(contract: Contract, span: Span, as_of: datetime) -> None:
    if span != month_of(span.first_day):
        raise ValidationError(f"{span.label} is not a month: months are closed, as in 2026-03.")
    today = as_of.astimezone(ZoneInfo(contract.zone)).date()
    if today <= span.last_day:
        raise ValidationError(f"{span.words} has not ended in {contract.zone}: close it after.")


def _refuse_order(close: MonthClose, step: str) -> None:
    following = step_after(close.step)
    if step != following:
        way = f"'{Step(following).label}' is next" if following else "every step is done"
        said = Step(step).label if step in Step.values else step
        raise ValidationError(f"'{said}' is not the next step of {close}: {way}.")


def _refuse_silence(step: str, by: User, gaps: list[Gap], reason: str) -> None:
    if reason.strip():
        return
    if gaps:
        raise ValidationError({"reason": _unsaid(gaps)})
    if step == Step.AGREED and by.role != User.Role.VENDOR:
        raise ValidationError({"reason": "Say who agreed at the vendor's, and how."})


def _unsaid(gaps: list[Gap]) -> str:
    said = "; ".join(gap.words for gap in gaps)
    return f"This is missing: {said}. Wait for it, or say why the month goes on without it."
