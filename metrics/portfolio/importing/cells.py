"""One cell of a table as the value it stands for, by strict rules, or what is wrong with it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from contracts.models import Contract, Process, Vendor
from contracts.models.managed import code_validator
from contracts.selectors.lookups import unknown
from contracts.services.currencies import MINOR_UNITS
from contracts.services.zones import zone_names

DAYS: Final = {
    "iso": ("%Y-%m-%d", "2026-03-31"),
    "day-first": ("%d/%m/%Y", "31/03/2026"),
    "month-first": ("%m/%d/%Y", "03/31/2026"),
}
_WHOLE = re.compile(r"[0-9]{1,6}", re.ASCII)
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?", re.ASCII)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0", ""})
_EARLIEST, _LATEST = date(1950, 1, 1), date(2199, 12, 31)


class WrongCellError(ValueError):
    """A cell breaks a rule; ``hint`` is the way out."""

    def __init__(self, rule: str, hint: str) -> None:
        super().__init__(rule)
        self.rule, self.hint = rule, hint


@dataclass(slots=True)
class Known:
    """What cells may refer to, by code, and how days are written."""

    days: str = "iso"
    vendors: dict[str, Vendor] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)


_Record = TypeVar("_Record", Vendor, Contract, Process)
Reader = Callable[[str, Known], Any]


def text(cell: str, _: Known) -> str:
    return cell.strip()


def code(cell: str, _: Known) -> str:
    if not re.search(code_validator.regex, cell.strip()):
        rule = "is not a code"
        hint = "use up to 63 letters, digits, dots, dashes and underscores, no spaces"
        raise WrongCellError(rule, hint)
    return cell.strip()


def country(cell: str, _: Known) -> str:
    if cell and not _COUNTRY.fullmatch(cell):
        raise WrongCellError("is not a country code", "write two letters, such as IE")
    return cell.upper()


def currency(cell: str, _: Known) -> str:
    if cell.upper() not in MINOR_UNITS:
        raise WrongCellError("is not a currency", "write three letters, such as EUR")
    return cell.upper()


def zone(cell: str, _: Known) -> str:
    if cell not in zone_names():
        raise WrongCellError("is not a time zone", "write one such as Europe/Dublin or UTC")
    return cell


def day(cell: str, known: Known) -> date | None:
    """A day: ISO always, or as the import declares days to be written."""
    if not cell:
        return None
    pattern, example = DAYS["iso" if _ISO.fullmatch(cell) else known.days]
    try:
        found = datetime.strptime(cell, pattern).date()
    except ValueError:
        raise WrongCellError("is not a day", f"write days as {example}") from None
    if not _EARLIEST <= found <= _LATEST:
        raise WrongCellError("cannot be meant", f"state a day from {_EARLIEST} to {_LATEST}")
    return found


def whole(most: int, default: int | None = None) -> Reader:
    """A number up to ``most``; ``default`` for an empty cell."""

    def read(cell: str, _: Known) -> int | None:
        if not cell:
            return default
        if not _WHOLE.fullmatch(cell):
            raise WrongCellError("is not a whole number", "write digits only, such as 12")
        if int(cell) > most:
            raise WrongCellError("cannot be meant", f"write a number up to {most}")
        return int(cell)

    return read


def amount(cell: str, _: Known) -> Decimal:
    if not _AMOUNT.fullmatch(cell):
        hint = "write digits with a point and no separators, such as 42000.50"
        raise WrongCellError("is not an amount", hint)
    return Decimal(cell)


def flag(cell: str, _: Known) -> bool:
    if cell.lower() not in _YES | _NO:
        raise WrongCellError("is neither yes nor no", "write yes or no")
    return cell.lower() in _YES


def choice(options: Iterable[tuple[str, str]], default: str = "") -> Reader:
    """One of ``options``, by its code or its words; ``default`` for an empty cell."""
    listed = [(str(value), str(words)) for value, words in options]
    spelled = {value.lower(): value for value, _ in listed}
    spelled |= {words.lower(): value for value, words in listed}

    def read(cell: str, _: Known) -> str:
        if not cell:
            return default
        if cell.lower() not in spelled:
            raise WrongCellError("is none of the choices", f"write {_either(listed)}")
        return spelled[cell.lower()]

    return read


def vendor(cell: str, known: Known) -> Vendor | None:
    return _found(cell, known.vendors, "vendor")


def contract(cell: str, known: Known) -> Contract | None:
    return _found(cell, known.contracts, "contract")


def process(cell: str, known: Known) -> Process | None:
    return _found(cell, known.processes, "process")


def _found(cell: str, records: Mapping[str, _Record], noun: str) -> _Record | None:
    if not cell:
        return None
    if cell not in records:
        hint = unknown(noun, cell, known=list(records)).partition(": ")[2]
        raise WrongCellError(f"is no {noun} in use", hint)
    return records[cell]


def _either(listed: list[tuple[str, str]]) -> str:
    codes = [value for value, _ in listed if value]
    return f"{', '.join(codes[:-1])} or {codes[-1]}"
