"""An invoice's credit lines held against the ledger: what agrees, what is missing, what is not owed.

Owed is what stands ``notified`` or ``agreed``: what the vendor was told of and has not credited
yet. A posting that the vendor was not told of, or that is on an invoice already, is not owed again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from django.core.exceptions import ValidationError

from contracts.models import Contract
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import EVERYTHING, Scope
from contracts.services.acting import Actor, actor_of
from contracts.services.writing import save, writing
from metrics.casework.moving import refuse_without
from metrics.credits.invoices import InvoiceLine
from metrics.credits.moving import credit_move
from metrics.models import CreditEntry, InvoiceCheck
from metrics.selectors import scope as scoped
from metrics.selectors.credits import entries_list

State = CreditEntry.State
_OWED: Final = frozenset({State.NOTIFIED, State.AGREED})
_EXPLAINED: Final = {
    State.COMPUTED: "the vendor was not told of it yet",
    State.DISPUTED: "it is disputed",
    State.ON_INVOICE: "it is on an invoice already",
    State.CLOSED: "it is closed",
    State.LAPSED: "it has lapsed",
}


class Outcome(StrEnum):
    """What a line of the invoice, or an amount that is owed, came to."""

    MATCHED = "matched"
    MISSING = "missing"
    MORE = "more_than_owed"
    LESS = "less_than_owed"
    UNKNOWN = "unknown"


WORDS: Final = {
    Outcome.MATCHED: "Matched",
    Outcome.MISSING: "Missing on the invoice",
    Outcome.MORE: "More than owed",
    Outcome.LESS: "Less than owed",
    Outcome.UNKNOWN: "Not known to the ledger",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A line beside what is owed, in the smallest unit of the currency; ``entries``: numbers of
    the postings that make it up; ``ref``: empty where the invoice has no such line."""

    ref: str
    kpi: str
    period: str
    given_minor: int | None
    owed_minor: int | None
    outcome: str
    why: str
    entries: list[int]


def invoice_check(
    *,
    contract: Contract,
    invoice: str,
    invoice_day: date,
    lines: Sequence[InvoiceLine],
    scope: Scope,
    as_of: datetime,
    by: Actor | None = None,
) -> InvoiceCheck:
    """Hold the lines of an invoice against the ledger, and keep what was found. Nothing moves.
    ``by``: whoever does it where that is neither the person nor the program of ``scope``.

    Raises ValidationError without a number or lines, and for who may not do this.
    """
    refuse_without(Duty.CASES, scope)
    _refuse_vendor(scope)
    if not lines:
        raise ValidationError("There is no line to check: state at least one.")
    found = compared(lines, _standing(contract), until=invoice_day)
    check = InvoiceCheck(
        contract=contract,
        invoice=invoice.strip(),
        invoice_day=invoice_day,
        given=[_told(line) for line in lines],
        found=[asdict(each) for each in found],
        made_by=(by or actor_of(scope)).name[:200],
        made_at=as_of,
    )
    with writing():
        save(check, action="checked")
    return check


def invoice_confirm(
    *, check_id: int, scope: Scope, as_of: datetime, by: Actor | None = None
) -> InvoiceCheck:
    """Have the matched postings stand on the invoice, all of them or none; ``by`` as above.

    Raises UnknownCodeError, and ValidationError where the check is confirmed already, nothing
    matched, or the ledger changed since.
    """
    refuse_without(Duty.CASES, scope)
    with writing():
        check = _locked(check_id, scope)
        if check.state == InvoiceCheck.State.CONFIRMED:
            raise ValidationError("It is confirmed already.")
        entries = [number for each in check.found for number in _matched(each)]
        if not entries:
            raise ValidationError("Nothing on the invoice matched: there is nothing to confirm.")
        _refuse_changed(check)
        for number in entries:
            credit_move(
                entry_id=number,
                to=State.ON_INVOICE,
                scope=scope,
                as_of=as_of,
                reason=f"Invoice {check.invoice}",
                by=by,
            )
        check.state = InvoiceCheck.State.CONFIRMED
        check.confirmed_by, check.confirmed_at = (by or actor_of(scope)).name[:200], as_of
        save(check, action="confirmed")
    return check


def compared(
    lines: Sequence[InvoiceLine], standing: Iterable[CreditEntry], *, until: date
) -> list[Found]:
    """Each line beside what is owed for its KPI and period, then what the invoice leaves out.

    ``standing``: the contract's postings with their ``state``; ``until``: what was served later
    is not missed.
    """
    by_key: dict[tuple[str, str], list[CreditEntry]] = {}
    for entry in standing:
        by_key.setdefault(key_of(entry), []).append(entry)
    found = [_beside(line, by_key.get(line.key, [])) for line in lines]
    given = {line.key for line in lines}
    missing = _missing((key, each) for key, each in by_key.items() if key not in given)
    return [*found, *(each for each in missing if _is_due(each, by_key, until))]


def key_of(entry: CreditEntry) -> tuple[str, str]:
    """The KPI and period of service that a line of an invoice names."""
    head = entry.kpi_period
    return (head.kpi.code, head.label) if head else ("", f"{entry.counted_in:%Y-%m}")


def _beside(line: InvoiceLine, entries: Sequence[CreditEntry]) -> Found:
    owed = [entry for entry in entries if _state(entry) in _OWED]
    sum_minor = sum(entry.amount_minor for entry in owed)
    outcome, why = _judged(line.amount_minor, sum_minor, owed, entries)
    return Found(
        line.ref,
        line.kpi,
        line.period.label,
        line.amount_minor,
        sum_minor if owed else None,
        outcome,
        why,
        [entry.pk for entry in owed],
    )


def _judged(
    given: int, owed_minor: int, owed: Sequence[CreditEntry], entries: Sequence[CreditEntry]
) -> tuple[Outcome, str]:
    if not owed:
        states = sorted({_state(entry) for entry in entries})
        told = "; ".join(_EXPLAINED.get(State(state), state) for state in states)
        return Outcome.UNKNOWN, told or "nothing is posted for this KPI and period"
    if given == owed_minor:
        return Outcome.MATCHED, ""
    return (Outcome.MORE if given > owed_minor else Outcome.LESS), ""


def _missing(
    groups: Iterable[tuple[tuple[str, str], Sequence[CreditEntry]]],
) -> Iterator[Found]:
    for (kpi, period), entries in groups:
        owed = [entry for entry in entries if _state(entry) in _OWED]
        total = sum(entry.amount_minor for entry in owed)
        if total:
            numbers = [entry.pk for entry in owed]
            yield Found("", kpi, period, None, total, Outcome.MISSING, "", numbers)


def _is_due(found: Found, by_key: dict[tuple[str, str], list[CreditEntry]], until: date) -> bool:
    return any(entry.last_day <= until for entry in by_key[found.kpi, found.period])


def _standing(contract: Contract) -> list[CreditEntry]:
    return list(entries_list(scope=EVERYTHING, contract=contract.reference))


def _state(entry: CreditEntry) -> str:
    return str(entry.state)  # type: ignore[attr-defined]  # of entries_list


def _told(line: InvoiceLine) -> dict[str, object]:
    return {
        "ref": line.ref,
        "kpi": line.kpi,
        "period": line.period.label,
        "amount_minor": line.amount_minor,
    }


def _matched(found: dict[str, object]) -> list[int]:
    if found["outcome"] != Outcome.MATCHED:
        return []
    return [int(str(number)) for number in found["entries"]]  # type: ignore[attr-defined]


def _refuse_changed(check: InvoiceCheck) -> None:
    """What matched has to be what is owed still, to the cent."""
    now: dict[tuple[str, str], list[int]] = {}
    for entry in _standing(check.contract):
        if _state(entry) in _OWED:
            now.setdefault(key_of(entry), []).append(entry.pk)
    for each in check.found:
        if _matched(each) and now.get((each["kpi"], each["period"])) != each["entries"]:
            raise ValidationError(
                f"The ledger changed since, for {each['kpi'] or 'what was carried over'}, "
                f"{each['period']}: check the invoice again."
            )


def _refuse_vendor(scope: Scope) -> None:
    if not scope.is_internal:
        raise ValidationError("The check is the buyer's.")


def _locked(check_id: int, scope: Scope) -> InvoiceCheck:
    rows = scoped.invoice_checks(scope).select_for_update(of=("self",), no_key=True)
    check = rows.select_related("contract__vendor").filter(pk=check_id).first()
    if check is None:
        raise UnknownCodeError(f"invoice check {check_id} is unknown")
    return check
