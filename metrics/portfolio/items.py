"""Documents to items: each list entry checked against its shape, with its place kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from metrics.portfolio.problems import Problem, closest
from metrics.portfolio.reader import Document, Key, spell
from metrics.portfolio.rules import problems_of
from metrics.portfolio.shapes import (
    NOUNS,
    SECTIONS,
    CalendarShape,
    ContractShape,
    FeedShape,
    KpiShape,
    ProcessShape,
    Shape,
    VendorShape,
)

S = TypeVar("S", bound=Shape, covariant=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry of a section stands, and what people call it."""

    document: Document
    path: Key
    noun: str
    code: str

    @property
    def is_troubled(self) -> bool:
        """Whether this entry has a problem already."""
        return self.path in self.document.troubled

    @property
    def line(self) -> int:
        return self.document.line(self.path)

    def problem(self, *steps: str | int, message: str, hint: str = "") -> Problem:
        """A problem at a key below this entry; ``steps`` lead there from the entry."""
        self.document.troubled.add(self.path)
        line = self.document.line((*self.path, *steps))
        where = ", ".join(
            part for part in (f"{self.noun} {self.code}".strip(), spell(steps)) if part
        )
        path = (*self.path, *steps)
        return Problem(self.document.file, line, where, message, hint, path)

    def __str__(self) -> str:
        return f"{self.document.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Item(Generic[S]):
    """One entry that has the right shape."""

    shape: S
    place: Place
    raw: dict[str, Any]

    def problem(self, *steps: str | int, message: str, hint: str = "") -> Problem:
        return self.place.problem(*steps, message=message, hint=hint)


@dataclass(slots=True)
class Portfolio:
    """Everything the files state. ``named`` knows also those whose shape is wrong."""

    vendors: list[Item[VendorShape]] = field(default_factory=list)
    calendars: list[Item[CalendarShape]] = field(default_factory=list)
    contracts: list[Item[ContractShape]] = field(default_factory=list)
    processes: list[Item[ProcessShape]] = field(default_factory=list)
    kpis: list[Item[KpiShape]] = field(default_factory=list)
    feeds: list[Item[FeedShape]] = field(default_factory=list)
    named: dict[str, dict[str, Place]] = field(
        default_factory=lambda: {section: {} for section in SECTIONS}
    )


def gather(documents: list[Document]) -> tuple[Portfolio, list[Problem]]:
    """Check every entry's shape and that no code is used twice."""
    portfolio = Portfolio()
    problems: list[Problem] = []
    for document in documents:
        problems += _unknown_sections(document)
        for section in SECTIONS:
            entries = document.data.get(section)
            if entries is None:
                continue
            if not isinstance(entries, list):
                problems.append(_no_list(document, section))
                continue
            for number, raw in enumerate(entries):
                problems += _take(portfolio, document, section, number, raw)
    return portfolio, problems


def _unknown_sections(document: Document) -> Iterator[Problem]:
    for key in document.data:
        if key not in SECTIONS:
            close = closest(key, SECTIONS)
            known = ", ".join(SECTIONS)
            hint = f"did you mean '{close}'?" if close else f"a file has {known}"
            message = f"'{key}' is not a section of a portfolio"
            yield Problem(document.file, document.line((key,)), "", message, hint, (key,))


def _no_list(document: Document, section: str) -> Problem:
    hint = f"write each {NOUNS[section]} as an item: `- {{code: ..., ...}}`"
    message = "a section is a list"
    return Problem(document.file, document.line((section,)), section, message, hint, (section,))


def _take(
    portfolio: Portfolio, document: Document, section: str, number: int, raw: Any
) -> Iterator[Problem]:
    path = (section, number)
    place = Place(document, path, NOUNS[section], _code_of(section, raw))
    yield from _twice(portfolio, section, place)
    try:
        shape = SECTIONS[section].model_validate(raw)
    except ValidationError as error:
        yield from problems_of(error, SECTIONS[section], place)
        return
    known = portfolio.named[section].get(place.code)
    if known is place:
        getattr(portfolio, section).append(Item(shape, place, raw))


def _code_of(section: str, raw: Any) -> str:
    key = "reference" if section == "contracts" else "code"
    value = raw.get(key) if isinstance(raw, dict) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _twice(portfolio: Portfolio, section: str, place: Place) -> Iterator[Problem]:
    if not place.code:
        return
    first = portfolio.named[section].setdefault(place.code, place)
    if first is not place:
        hint = "codes are unique over all files: rename or remove one"
        yield place.problem(message=f"this code is used already at {first}", hint=hint)
