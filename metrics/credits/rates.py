"""Dated exchange rates for portfolio figures, which show the rate and its day beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError

from contracts.services.currencies import MINOR_UNITS
from contracts.services.writing import change, save, writing
from metrics.engine.credits.money import Money
from metrics.engine.credits.rounding import rounded
from metrics.models import CurrencyRate


class NoRateError(LookupError):
    """There is no rate to convert by; the message names the currencies and the day."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """``money`` as converted by ``rate`` (so much of its currency for one unit of ``of``'s), which
    held on ``day``."""

    of: Money
    money: Money
    rate: Decimal
    day: date
    source: str


def rate_set(*, base: str, quote: str, day: date, rate: Decimal, source: str = "") -> CurrencyRate:
    """State what one ``base`` cost in ``quote`` on ``day``; a rate of that day is replaced.
    Raises ValidationError."""
    _refuse(base, quote, rate)
    with writing():
        found = CurrencyRate.objects.filter(base=base, quote=quote, day=day).first()
        if found is None:
            found = CurrencyRate(base=base, quote=quote, day=day, rate=rate, source=source)
            save(found)
        elif (found.rate, found.source) != (rate, source):
            change(found, {"rate": rate, "source": source}, frozenset({"rate", "source"}))
    return found


def _refuse(base: str, quote: str, rate: Decimal) -> None:
    errors = {}
    for name, code in (("base", base), ("quote", quote)):
        if code not in MINOR_UNITS:
            errors[name] = f"{code!r} is not a currency: write three capital letters, such as EUR."
    if base == quote:
        errors["quote"] = f"{base} needs no rate to itself: name two currencies."
    if rate <= 0:
        errors["rate"] = f"{rate} is not a rate: state how much one {base} costs, above 0."
    if errors:
        raise ValidationError(errors)


def converted(*, money: Money, quote: str, day: date) -> Conversion:
    """``money`` in ``quote`` by the newest rate up to ``day``, rounded once, halves up.

    A rate of the other direction is turned round. Raises NoRateError.
    """
    if money.currency == quote:
        return Conversion(money, money, Decimal(1), day, "")
    for base, other, turned in ((money.currency, quote, False), (quote, money.currency, True)):
        found = _newest(base, other, day)
        if found is not None:
            return _converted(money, quote, found, turned=turned)
    raise NoRateError(
        f"there is no rate from {money.currency} to {quote} up to {day}: "
        "load one by `manage.py rates FILE.csv`"
    )


def _newest(base: str, quote: str, day: date) -> CurrencyRate | None:
    found = CurrencyRate.objects.filter(base=base, quote=quote, day__lte=day)
    return found.order_by("-day").first()


def _converted(money: Money, quote: str, found: CurrencyRate, *, turned: bool) -> Conversion:
    rate = 1 / Fraction(found.rate) if turned else Fraction(found.rate)
    scale = Fraction(10) ** (MINOR_UNITS[quote] - MINOR_UNITS[money.currency])
    amount = rounded(money.minor * rate * scale, "half_up")
    return Conversion(money, Money(amount, quote), found.rate, found.day, found.source)


def currencies_of(rates: Iterable[CurrencyRate]) -> frozenset[str]:
    """Every currency that the rates name."""
    return frozenset(code for rate in rates for code in (rate.base, rate.quote))
