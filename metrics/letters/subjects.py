"""What a letter is about, and which letters can be written about it."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError

from contracts.models import Contract
from contracts.selectors.notice import next_notice
from metrics.models import BreachCase, CaseTransition
from metrics.models.letters import LetterKind

_UNSETTLED_FIGURE = (BreachCase.State.PROVISIONAL, BreachCase.State.WITHDRAWN)
_ABOUT_CASES = frozenset({LetterKind.CLAIM, LetterKind.PLAN, LetterKind.ANSWER})


@dataclass(frozen=True, slots=True)
class Subject:
    """``case``: the failure it is about; ``first_day``: of the credit period of a claim without
    one; neither: the contract itself."""

    contract: Contract
    case: BreachCase | None = None
    first_day: date | None = None


def subject_of_case(case: BreachCase) -> Subject:
    """Raises ValidationError for a KPI that is measured in house."""
    contract = case.period.kpi.governing_contract
    if contract is None:
        raise ValidationError("This KPI is measured in house: there is no vendor to write to.")
    return Subject(contract, case)


def refuse_kind(kind: str, subject: Subject, *, today: date) -> None:
    """Raises ValidationError where there is nothing to say in such a letter."""
    if kind not in LetterKind.values:
        raise ValidationError({"kind": f"{kind!r} is no letter: use {_all_kinds()}."})
    if why := _why_not(kind, subject, today):
        raise ValidationError({"kind": why})


def kinds_for(subject: Subject, *, today: date) -> list[LetterKind]:
    """The letters that can be written about it today."""
    return [kind for kind in LetterKind if not _why_not(kind, subject, today)]


def dispute_of(case: BreachCase) -> CaseTransition | None:
    """The step that disputed the case last."""
    disputed = case.transitions.filter(to_state=BreachCase.State.DISPUTED)
    return disputed.order_by("-id").first()


def _why_not(kind: str, subject: Subject, today: date) -> str:
    if kind in _ABOUT_CASES:
        return _why_no_failure(kind, subject)
    return _why_no_notice(subject, today)


def _why_no_failure(kind: str, subject: Subject) -> str:
    case = subject.case
    if case is None:
        named = kind == LetterKind.CLAIM and subject.first_day is not None
        return "" if named else "It is about a breach case: name one."
    if case.state in _UNSETTLED_FIGURE:
        return f"The case is {case.get_state_display().lower()}: write once the failure stands."
    if kind == LetterKind.ANSWER and dispute_of(case) is None:
        return "The case was never disputed: there is nothing to answer."
    return ""


def _why_no_notice(subject: Subject, today: date) -> str:
    if subject.case is not None or subject.first_day is not None:
        return "It is about the contract: write it from there."
    if next_notice(subject.contract, today=today) is None:
        return "The contract has no term that ends: there is nothing to stop."
    return ""


def _all_kinds() -> str:
    return ", ".join(LetterKind.values)
