"""``{{ minor|money:currency }}``; templates load it as ``money``."""

from django import template

from contracts.services.currencies import MINOR_UNITS

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """An amount in the smallest unit of ``currency``, written out, such as ``42,000.00 EUR``."""
    places = MINOR_UNITS.get(currency, 2)
    whole, rest = divmod(abs(minor), 10**places)
    sign = "−" if minor < 0 else ""
    cents = f".{rest:0{places}d}" if places else ""
    return f"{sign}{whole:,}{cents} {currency}"
