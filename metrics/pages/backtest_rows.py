"""What a back-test found, as its page shows it: words and signs beside every number."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.services.currencies import exact_amount, money_text
from kpotracker.toolkit.pairs import Pair, pair_chart
from metrics.backtests.documents import change_words, credit_difference
from metrics.backtests.results import BackTest, Part, Row, Side, Sum, Tally, causes_of, failures_of
from metrics.models import Kpi
from metrics.selectors.wording import Word, status_word
from metrics.selectors.wording_defaults import CAUSES

_NARROW = 12  # periods of the chart on a phone


@dataclass(frozen=True, slots=True)
class ShownSide:
    """A period then or now."""

    value: str
    level: str
    word: Word
    cause: str
    credit: str
    why: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    row: Row
    then: ShownSide | None
    now: ShownSide | None
    change: str
    difference: str


@dataclass(frozen=True)
class ShownKpi:
    """A KPI with its periods; ``unit`` stands beside its name."""

    kpi: Kpi
    failures: Tally
    sign: str
    rows: Sequence[ShownRow]
    has_credits: bool


@dataclass(frozen=True)
class ShownPart:
    part: Part
    kpis: Sequence[ShownKpi]
    heading: str
    wide: str
    narrow: str


def shown_parts(found: BackTest) -> list[ShownPart]:
    """Each contract with its chart and its KPIs."""
    return [_part(part) for part in found.parts]


def shown_totals(found: BackTest, causes: Mapping[str, str]) -> dict[str, Any]:
    """The sums above the tables."""
    failures = failures_of(found.rows)
    return {
        "failures": failures,
        "sign": signed(failures.difference),
        "causes": [
            (causes.get(cause, cause), each, signed(each.difference))
            for cause, each in causes_of(found.rows).items()
        ],
        "credits": [_sum(each) for each in found.totals],
        "estimates": [_sum(each) for each in found.estimates],
    }


def signed(number: int) -> str:
    """A difference with its sign, and a word where there is none."""
    if not number:
        return "no change"
    return f"+{number}" if number > 0 else f"−{-number}"


def _sum(found: Sum) -> dict[str, Any]:
    texts = (money_text(minor, found.currency) for minor in (found.then, found.now))
    then, after = texts
    return {
        "then": then,
        "now": after,
        "difference": _money_signed(found.difference, found.currency),
        "awaited": found.awaited,
    }


def _money_signed(minor: int | None, currency: str) -> str:
    if minor is None:
        return "not known"
    if not minor:
        return "no change"
    return f"+{money_text(minor, currency)}" if minor > 0 else money_text(minor, currency)


def _part(part: Part) -> ShownPart:
    by_kpi: dict[int, list[Row]] = defaultdict(list)
    for row in part.rows:
        by_kpi[row.kpi.pk].append(row)
    kpis = [_kpi(rows, part) for rows in by_kpi.values()]
    heading, pairs = _pairs(part)
    return ShownPart(
        part,
        kpis,
        heading,
        pair_chart(pairs),
        pair_chart(pairs[-_NARROW:], width=360, height=220),
    )


def _kpi(rows: Sequence[Row], part: Part) -> ShownKpi:
    failures = failures_of(rows)
    sides = [side for row in rows for side in (row.then, row.now) if side]
    has_credits = any(side.credit or side.why for side in sides)
    shown = [_row(row, part) for row in rows]
    return ShownKpi(rows[0].kpi, failures, signed(failures.difference), shown, has_credits)


def _row(row: Row, part: Part) -> ShownRow:
    currency = part.contract.currency if part.contract else ""
    return ShownRow(
        row,
        _side(row.then, currency),
        _side(row.now, currency),
        change_words(row),
        _money_signed(credit_difference(row), currency) if currency else "",
    )


def _side(side: Side | None, currency: str) -> ShownSide | None:
    if side is None:
        return None
    unit = {"percent": " %", "ratio": ""}.get(side.unit, f" {side.unit}")
    credit = "awaited" if side.credit is None else money_text(side.credit, currency)
    return ShownSide(
        value=f"{side.text}{unit}" if side.text else "–",
        level=side.level,
        word=status_word(side.status, two_levels=side.has_two_levels),
        cause=CAUSES.get(side.cause, side.cause),
        credit=credit if side.credit is None or side.credit else "–",
        why=side.why,
    )


def _pairs(part: Part) -> tuple[str, list[Pair]]:
    """The credits of each month, or its failures where no credit is in play."""
    if part.contract and any(each for row in part.rows for each in _credits(row)):
        currency = part.contract.currency
        return f"Service credits by month, {currency}", list(
            _monthly(
                part.rows,
                lambda side: side.credit or 0,
                lambda minor: float(exact_amount(minor, currency)),
                lambda minor: money_text(minor, currency),
            )
        )
    counted = _monthly(part.rows, lambda side: int(bool(side.cause)), float, str)
    return "Service level failures by month", list(counted)


def _credits(row: Row) -> Iterator[int]:
    return (side.credit or 0 for side in (row.then, row.now) if side)


def _monthly(
    rows: Sequence[Row],
    pick: Callable[[Side], int],
    height: Callable[[int], float],
    text: Callable[[int], str],
) -> Iterator[Pair]:
    """One pair for each month that a period ends in."""
    sums: dict[str, list[int]] = {}
    for row in rows:
        both = sums.setdefault(f"{row.last_day:%Y-%m}", [0, 0])
        for at, side in enumerate((row.then, row.now)):
            both[at] += pick(side) if side else 0
    for month, (then, after) in sorted(sums.items()):
        yield Pair(month, height(then), height(after), text(then), text(after))
