"""What the fields of a letter hold: figures of the case, terms of the contract, credits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.utils.formats import date_format

from contracts.models import Contract
from contracts.selectors.notice import next_notice
from metrics.casework.windows import windows_of
from metrics.letters.credit import Credit, credit_of
from metrics.letters.subjects import Subject, dispute_of
from metrics.letters.wording import one_line
from metrics.models import BreachCase, KpiPeriod, ResultRevision, ServiceLevel
from metrics.models.letters import LetterKind
from metrics.scorecards.figures import actual_text, short_text, target_of, with_sign
from metrics.scorecards.rows import result_row

Facts = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filling:
    """``fields``: what a wording may name; ``facts``: the table below the letter; ``credit``: the
    lines and steps of what is claimed, where it is a claim."""

    fields: dict[str, str]
    facts: tuple[tuple[str, str], ...]
    credit: Credit | None = None


def filling_of(kind: str, subject: Subject, *, today: date) -> Filling:
    """Everything a letter of ``kind`` says by itself. Raises ValidationError where a claim has no
    credit behind it."""
    contract = subject.contract
    credit = credit_of(subject) if kind == LetterKind.CLAIM else None
    fields = _of_contract(contract) | {"today": day_text(today)}
    if subject.case is not None:
        fields |= _of_case(subject.case)
    if kind == LetterKind.ANSWER and subject.case is not None:
        fields |= _of_dispute(subject.case)
    if kind == LetterKind.STOP:
        fields |= _of_notice(contract, today)
    if credit is not None:
        fields |= {"credit": credit.total, "credit_steps": "\n".join(credit.sentences)}
        fields |= _claim_by(subject.case)
        fields.setdefault("period", credit.period)
    return Filling(fields, tuple(_facts(fields)), credit)


def day_text(day: date) -> str:
    """A day as letters write it: 31 March 2026."""
    return date_format(day, "j F Y")


def _of_contract(contract: Contract) -> dict[str, str]:
    return {
        "contract": contract.reference,
        "contract_title": one_line(contract.title),
        "vendor": one_line(contract.vendor.name),
        "greeting": "Dear Sir or Madam,",
    }


def _of_case(case: BreachCase) -> dict[str, str]:
    head = case.period
    row, revision = result_row(head), head.current
    level = revision.level if revision else None
    return {
        "kpi": one_line(head.kpi.name),
        "period": head.label,
        "value": row["value_text"],
        "service_level": row["target_text"],
        "minimum": row["minimum_text"],
        "shortfall": _shortfall(revision),
        "clause": (level.clause if level else "") or head.kpi.clause,
        "wording": one_line(_wording(level, head)),
        "misses": "; ".join(_misses(head)),
        "case": str(case.pk),
        "revision": str(revision.number) if revision else "",
        "severity": case.severity,
    }


def _wording(level: ServiceLevel | None, head: KpiPeriod) -> str:
    return (level.wording if level else "") or head.kpi.wording


def _shortfall(revision: ResultRevision | None) -> str:
    """How far the figure falls short, in the KPI's unit; empty where that is not known."""
    if revision is None or not revision.shortfall:
        return ""
    unit = revision.definition.unit
    return with_sign(
        short_text(Fraction(revision.shortfall)), "points" if unit == "percent" else unit
    )


def _misses(head: KpiPeriod) -> Iterator[str]:
    """The misses that make a default by repetition, each with its figure."""
    if head.default_cause != "repetition":
        return
    found = KpiPeriod.objects.filter(kpi=head.kpi_id, first_day__in=head.default_of)
    for miss in found.select_related("current__level", "current__definition").order_by("first_day"):
        yield f"{miss.label}: {_figure(miss.current)}"


def _figure(revision: ResultRevision | None) -> str:
    if revision is None or revision.level is None or not revision.value:
        return "no figure"
    definition = revision.definition
    target = target_of(revision.level)
    return actual_text(Fraction(revision.value), target, definition.unit, definition.places)


def _claim_by(case: BreachCase | None) -> dict[str, str]:
    """The day after which the credit of a failure lapses; nothing where there is no limit."""
    last_day = windows_of(case).credit.last_day if case else None
    return {"claim_by": day_text(last_day)} if last_day else {}


def _of_dispute(case: BreachCase) -> dict[str, str]:
    """What the vendor said, as one line in quotes, and what was answered on the case."""
    step = dispute_of(case)
    if step is None:
        return {}
    later = case.transitions.filter(
        pk__gt=step.pk, from_state=BreachCase.State.DISPUTED, is_internal=False
    )
    answer = later.order_by("-id").first()
    return {
        "disputed_on": day_text(step.at.date()),
        "dispute": one_line(step.reason),
        "answer": one_line(answer.reason) if answer else "",
    }


def _of_notice(contract: Contract, today: date) -> dict[str, str]:
    notice = next_notice(contract, today=today)
    if notice is None:
        return {}
    length = contract.notice_length
    return {
        "term_ends": day_text(notice.term_ends),
        "last_day_to_serve": day_text(notice.serve_by) if notice.serve_by else "",
        "notice_period": f"{length} {contract.notice_unit}" if length is not None else "",
    }


_TABLE = (
    ("Contract", "contract"),
    ("Clause", "clause"),
    ("KPI", "kpi"),
    ("Period", "period"),
    ("Actual", "value"),
    ("Service level", "service_level"),
    ("Minimum", "minimum"),
    ("Shortfall", "shortfall"),
    ("Misses that count towards it", "misses"),
    ("Revision of the figure", "revision"),
    ("Breach case", "case"),
    ("Term ends", "term_ends"),
    ("Last day to serve notice", "last_day_to_serve"),
    ("Service credit", "credit"),
    ("Last day to claim it", "claim_by"),
)


def _facts(fields: dict[str, str]) -> Iterable[tuple[str, str]]:
    return ((name, fields[key]) for name, key in _TABLE if fields.get(key))
