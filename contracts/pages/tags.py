"""``{{ minor|money:currency }}``; templates load it as ``money``."""

from django import template

from contracts.services.currencies import money_text

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """An amount in the smallest unit of ``currency``, written out, such as ``42,000.00 EUR``."""
    return money_text(minor, currency)
