"""The credit lines of a vendor's invoice as it states them: read strictly, all errors together."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError

from contracts.models import Contract
from contracts.services.currencies import minor_amount
from kpotracker.toolkit.exports import FORMULA_STARTS
from metrics.credits.facts import governed_by
from metrics.models import Kpi
from metrics.selectors.spans import Span, SpanError, parse_span

COLUMNS: Final = ("line", "kpi", "period", "amount", "currency")
_NEEDED: Final = frozenset({"kpi", "period", "amount"})
_AMOUNT: Final = re.compile(r"-?\d{1,15}(\.\d{1,4})?", re.ASCII)
_FORMULAS: Final = tuple(start for start in FORMULA_STARTS if start != "-")
_LONGEST = 1_000_000  # bytes of a file
_MOST = 2000  # lines of an invoice
_SHOWN = 60

Given = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """``ref``: what the invoice calls the line; ``kpi``: its code, empty for what was carried over;
    ``amount_minor``: smallest unit of the contract's currency, positive where it credits."""

    ref: str
    kpi: str
    period: Span
    amount_minor: int

    @property
    def key(self) -> tuple[str, str]:
        """What is owed is told apart by this: the KPI and the period of service."""
        return self.kpi, self.period.label


def lines_of_file(content: bytes, contract: Contract) -> list[InvoiceLine]:
    """The lines of a CSV file with a header. Raises ValidationError with everything wrong."""
    return lines_of(_rows(content), contract)


def lines_of(rows: Sequence[Given], contract: Contract) -> list[InvoiceLine]:
    """The lines of rows of texts by ``COLUMNS``; rows count from 1. Raises ValidationError with
    everything that is wrong with them."""
    if not rows:
        raise ValidationError("There is no line to check: state at least one.")
    if len(rows) > _MOST:
        raise ValidationError(f"{len(rows)} lines are too many: check at most {_MOST} at once.")
    reading = _Reading(contract, _codes_of(contract))
    found = [reading.line(number, row) for number, row in enumerate(rows, start=1)]
    lines = [line for line in found if line is not None]
    faults = [*reading.faults, *_repeated(found)]
    if faults:
        raise ValidationError(faults)
    return lines


class _Reading:
    """Rows become lines; what is wrong with any of them is gathered in ``faults``."""

    def __init__(self, contract: Contract, codes: frozenset[str]) -> None:
        self.contract, self.codes = contract, codes
        self.faults: list[str] = []

    def line(self, number: int, row: Given) -> InvoiceLine | None:
        known = len(self.faults)
        cells = {name: row.get(name, "").strip() for name in COLUMNS}
        for name, said in cells.items():
            if said.startswith(_FORMULAS):
                self._wrong(number, f"{name} {_short(said)} is a formula: state the value itself")
        if len(self.faults) > known:
            return None
        self._refuse_currency(number, cells["currency"])
        self._refuse_kpi(number, cells["kpi"])
        period = self._period(number, cells["period"])
        amount = self._amount(number, cells["amount"])
        if len(self.faults) > known or period is None or amount is None:
            return None
        return InvoiceLine(cells["line"][:100] or str(number), cells["kpi"], period, amount)

    def _wrong(self, number: int, said: str) -> None:
        self.faults.append(f"Line {number}: {said}.")

    def _refuse_currency(self, number: int, said: str) -> None:
        wanted = self.contract.currency
        if said and said != wanted:
            self._wrong(number, f"it is in {_short(said)}, and {self.contract} is kept in {wanted}")

    def _refuse_kpi(self, number: int, code: str) -> None:
        if code and code not in self.codes:
            known = ", ".join(sorted(self.codes)[:8]) or "none"
            self._wrong(number, f"KPI {_short(code)} is unknown in {self.contract}: use {known}")

    def _period(self, number: int, said: str) -> Span | None:
        try:
            return parse_span(said)
        except SpanError as error:
            self._wrong(number, str(error))
        return None

    def _amount(self, number: int, said: str) -> int | None:
        if not _AMOUNT.fullmatch(said):
            self._wrong(
                number, f"amount {_short(said)} is not one amount: write 1500.00, and nothing else"
            )
            return None
        try:
            amount = minor_amount(Decimal(said), self.contract.currency)
        except ValueError as error:
            self._wrong(number, f"{error}")
            return None
        if amount == 0:
            self._wrong(number, "it credits nothing: leave the line out")
        return amount


def _repeated(lines: Sequence[InvoiceLine | None]) -> Iterator[str]:
    """What is owed for a KPI and a period is compared once."""
    first: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines, start=1):
        if line is None:
            continue
        before = first.setdefault(line.key, number)
        if before != number:
            what = f"{line.kpi or 'what was carried over'}, {line.period.label}"
            yield f"Line {number}: {what} has two amounts, see line {before}: put them in one line."


def _codes_of(contract: Contract) -> frozenset[str]:
    return frozenset(Kpi.objects.filter(governed_by(contract)).values_list("code", flat=True))


def _rows(content: bytes) -> list[Given]:
    if len(content) > _LONGEST:
        raise ValidationError("The file is larger than 1 MB: send the credit lines alone.")
    reader = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    try:
        table = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ValidationError(f"The file is no CSV: {error}.") from error
    if not table:
        raise ValidationError("The file is empty: it needs a header and at least one line.")
    header, rows = _header(table[0]), table[1:]
    if faults := list(_uneven(header, rows)):
        raise ValidationError(faults)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError("The file is not UTF-8: save it as CSV UTF-8.") from error
    if "\x00" in text:
        raise ValidationError("The file holds a NUL: it is no CSV.")
    return text


def _header(row: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in row]
    faults = [f"The header has no {name}." for name in COLUMNS if name in _NEEDED - set(names)]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        shown = ", ".join(_short(name) for name in unknown)
        faults.append(f"The header has {shown}: the columns are {', '.join(COLUMNS)}.")
    faults += [
        f"The header has {name} twice: state it once." for name in COLUMNS if names.count(name) > 1
    ]
    if faults:
        raise ValidationError(faults)
    return names


def _uneven(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            yield (
                f"Line {number}: it has {len(row)} cells and the header {len(header)}: "
                "a comma inside a cell needs quotes around it."
            )


def _short(said: Any) -> str:
    return repr(str(said)[:_SHOWN])
