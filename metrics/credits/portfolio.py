"""What credits come to over contracts: a sum for each currency, and in one currency by the rates
in force, which are shown beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from contracts.services.currencies import money_text
from metrics.credits.rates import NoRateError, converted
from metrics.engine.credits.money import Money


@dataclass(frozen=True, slots=True)
class Part:
    """The sum in one currency. ``minor``: in the other one, None where there is no rate, which
    ``why`` says; ``how``: the rate and its day."""

    text: str
    minor: int | None = None
    converted: str = ""
    how: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """``total``: all parts in ``quote``; empty where one has no rate, as a part of a sum is none."""

    parts: tuple[Part, ...]
    quote: str = ""
    total: str = ""


def totals_of(amounts: Mapping[str, int], *, quote: str = "", day: date) -> Totals:
    """``amounts``: minor units by currency. ``quote``: convert into it by the rates up to ``day``."""
    if not quote:
        return Totals(tuple(Part(money_text(minor, code)) for code, minor in amounts.items()))
    parts = tuple(_part(Money(minor, code), quote, day) for code, minor in amounts.items())
    sums = [part.minor for part in parts]
    known = [minor for minor in sums if minor is not None]
    total = money_text(sum(known), quote) if len(known) == len(sums) else ""
    return Totals(parts, quote, total)


def _part(money: Money, quote: str, day: date) -> Part:
    text = money_text(money.minor, money.currency)
    if money.currency == quote:
        return Part(text, money.minor, text)
    try:
        found = converted(money=money, quote=quote, day=day)
    except NoRateError as error:
        return Part(text, why=str(error))
    how = f"rate {found.rate} of {found.day:%-d %B %Y}"
    source = f", {found.source}" if found.source else ""
    return Part(text, found.money.minor, money_text(found.money.minor, quote), f"{how}{source}")
