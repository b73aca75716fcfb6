"""Credit notes: what a contract's ledger gives for a credit period, drafted, then issued for good.

A note takes the postings that the vendor was told of and does not dispute, each of them once. What
is posted later for the same period, such as the correction after a restatement, is a later note
that refers to the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Max

from contracts.models import Contract
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.acting import Actor, actor_of
from contracts.services.auditing import audit
from contracts.services.currencies import exact_amount
from contracts.services.writing import touch, writing
from kpotracker.toolkit.canonical import body_digest
from metrics.casework.moving import refuse_without
from metrics.credits.facts import term_of
from metrics.engine.credits import Days
from metrics.engine.credits.days import CreditCalendar
from metrics.engine.numbers import plain
from metrics.models import CreditEntry, CreditNote, CreditNoteLine
from metrics.selectors import scope as scoped
from metrics.selectors.credits import entries_list
from metrics.selectors.spans import Span

Body = dict[str, Any]
State = CreditEntry.State
ON_NOTES: Final = frozenset({State.NOTIFIED, State.AGREED, State.ON_INVOICE})


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """What a note would say: its ``entries``, the first note of the period where there is one, and
    ``left_out``: postings of the period that no note takes yet."""

    contract: Contract
    first_day: date
    last_day: date
    entries: tuple[CreditEntry, ...]
    left_out: tuple[CreditEntry, ...]
    corrects: CreditNote | None

    @property
    def total_minor(self) -> int:
        return sum(entry.amount_minor for entry in self.entries)


def note_draft(*, contract: Contract, span: Span, scope: Scope) -> NoteDraft:
    """What is to be credited of the credit period that ``span`` names and is on no note yet.

    Raises ValidationError where it names none or several, and where currencies differ.
    """
    counted = scoped.credit_entries(scope).filter(
        contract=contract, counted_in__range=(span.first_day, span.last_day)
    )
    starts = sorted(set(counted.values_list("counted_in", flat=True)))
    if len(starts) > 1:
        shown = ", ".join(map(str, starts[:6]))
        raise ValidationError(
            {"period": f"{span.label} holds several credit periods, from {shown}: name one."}
        )
    numbers = counted.filter(note_line=None).values_list("pk", flat=True)
    entries = list(entries_list(scope=scope).filter(pk__in=list(numbers)))
    taken = tuple(entry for entry in entries if state_of(entry) in ON_NOTES)
    _refuse_mixed(contract, taken)
    days = _credit_period(contract, starts[0] if starts else span.first_day, span)
    return NoteDraft(
        contract,
        days.first,
        days.last,
        taken,
        tuple(entry for entry in entries if entry not in taken),
        _first_of(contract, days.first),
    )


def _credit_period(contract: Contract, first: date, span: Span) -> Days:
    """The credit period that begins on ``first``, which ``span`` may name by more days."""
    terms = contract.credit_terms.filter(valid_from__lte=first).order_by("valid_from").last()
    held = CreditCalendar(terms.every, term_of(contract)).holding(first) if terms else None
    return Days(first, held.last if held else span.last_day)


def note_issue(
    *, contract: Contract, span: Span, scope: Scope, as_of: datetime, by: Actor | None = None
) -> CreditNote:
    """Issue the note of a credit period; its number and its body stay. ``by``: whoever does it
    where that is neither the person nor the program of ``scope``.

    Raises ValidationError where there is nothing to credit, and for who may not do this.
    """
    refuse_without(Duty.CASES, scope)
    if not scope.is_internal:
        raise ValidationError("Credit notes are issued at the buyer's.")
    with writing():
        Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)  # numbers take turns
        _hold(contract)
        draft = note_draft(contract=contract, span=span, scope=scope)
        _refuse_empty(draft, span)
        note = _note(draft, (by or actor_of(scope)).name[:200], as_of)
        note.save()
        for entry in draft.entries:
            CreditNoteLine(note=note, entry=entry).save()
        touch(note)
        audit(action="issued", instance=note, changes={"total": ["", note.body["total"]]})
    return note


def _hold(contract: Contract) -> None:
    """Nobody disputes a posting while a note takes it."""
    rows = CreditEntry.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.filter(contract=contract)
    list(rows.filter(note_line=None).order_by("pk").values_list("pk", flat=True))


def draft_body(draft: NoteDraft) -> Body:
    """The body of a draft: that of a note without number, date and name."""
    return body_of(draft, number=None, by="", as_of=None)


def body_of(draft: NoteDraft, *, number: int | None, by: str, as_of: datetime | None) -> Body:
    """Everything a note says, as plain JSON values: amounts as exact text."""
    contract, currency = draft.contract, draft.contract.currency
    return {
        "number": number,
        "reference": f"{contract.reference}-CN-{number:04d}" if number else "",
        "corrects": draft.corrects.reference if draft.corrects else "",
        "contract": contract.reference,
        "contract_title": contract.title,
        "vendor": contract.vendor.code,
        "vendor_name": contract.vendor.name,
        "first_day": draft.first_day.isoformat(),
        "last_day": draft.last_day.isoformat(),
        "currency": currency,
        "lines": [line_of(entry) for entry in draft.entries],
        "total": str(exact_amount(draft.total_minor, currency)),
        "issued_at": as_of.isoformat() if as_of else "",
        "issued_by": by,
    }


def line_of(entry: CreditEntry) -> Body:
    """A posting as a line of a note; ``gross`` is what it came to before caps cut it."""
    head, currency = entry.kpi_period, entry.currency
    gross = gross_minor(entry)
    return {
        "entry": entry.pk,
        "kind": entry.get_kind_display(),
        "kpi": head.kpi.code if head else "",
        "name": head.kpi.name if head else "",
        "period": head.label if head else "",
        "first_day": entry.first_day.isoformat(),
        "last_day": entry.last_day.isoformat(),
        "clause": clause_of(entry),
        "base": _base(entry),
        "percent": _percent(entry),
        "gross": "" if gross is None else str(exact_amount(gross, currency)),
        "cut": "" if gross is None else str(exact_amount(gross - entry.amount_minor, currency)),
        "amount": str(exact_amount(entry.amount_minor, currency)),
        "currency": currency,
        "steps": [str(step) for step in entry.steps],
    }


def _base(entry: CreditEntry) -> str:
    """The charges or the at-risk amount that a first posting is a percentage of, to the cent."""
    stated = _figures(entry).get("base")
    return str(exact_amount(round(Fraction(stated)), entry.currency)) if stated else ""


def _percent(entry: CreditEntry) -> str:
    """What it is of its base, or how many points it has, in words; empty for an amount."""
    figures = _figures(entry)
    if "points" in figures:
        return f"{plain(Fraction(figures['points']))} points"
    return f"{plain(Fraction(figures['percent']))} %" if "percent" in figures else ""


def _figures(entry: CreditEntry) -> Body:
    """The numbers of a first posting by their names; none where a difference is posted."""
    return (entry.inputs or {}).get("figures", {}) if entry.number == 1 else {}


def clause_of(entry: CreditEntry) -> str:
    """The clause of the rule, or else of the contract's credit terms."""
    of_rule = entry.rule.clause if entry.rule else ""
    return of_rule or (entry.terms.clause if entry.terms else "")


def gross_minor(entry: CreditEntry) -> int | None:
    """What a first posting came to before caps; None where a difference is posted."""
    stated = _figures(entry).get("rounded")
    return int(stated) if stated is not None else None


def state_of(entry: CreditEntry) -> str:
    """Where a posting of ``entries_list`` stands."""
    return str(entry.state)  # type: ignore[attr-defined]


def _note(draft: NoteDraft, by: str, as_of: datetime) -> CreditNote:
    known = CreditNote.objects.filter(contract=draft.contract)
    number = (known.aggregate(last=Max("number"))["last"] or 0) + 1
    body = body_of(draft, number=number, by=by, as_of=as_of)
    return CreditNote(
        contract=draft.contract,
        number=number,
        first_day=draft.first_day,
        last_day=draft.last_day,
        currency=draft.contract.currency,
        total_minor=draft.total_minor,
        corrects=draft.corrects,
        body=body,
        digest=body_digest(body),
        issued_by=by,
        issued_at=as_of,
    )


def _first_of(contract: Contract, first_day: date) -> CreditNote | None:
    notes = CreditNote.objects.filter(contract=contract, first_day=first_day, corrects=None)
    return notes.select_related("contract").order_by("number").first()


def _refuse_empty(draft: NoteDraft, span: Span) -> None:
    if draft.entries:
        return
    states = sorted({state_of(entry) for entry in draft.left_out})
    said = f" What is posted is {', '.join(states)}: tell the vendor of it first." if states else ""
    raise ValidationError({"period": f"There is nothing to credit in {span.label}.{said}"})


def _refuse_mixed(contract: Contract, entries: Sequence[CreditEntry]) -> None:
    others = sorted({entry.currency for entry in entries} - {contract.currency})
    if others:
        raise ValidationError(
            f"{contract} has postings in {', '.join(others)}, and currencies are never added."
        )
