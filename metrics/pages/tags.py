"""Filters that put figures into words; templates load them as ``figures``."""

from datetime import datetime
from fractions import Fraction

from django import template
from django.utils.formats import date_format

from metrics.scorecards import figures
from metrics.scorecards.cards import FamilyCard
from metrics.selectors import wording

register = template.Library()
register.filter("family", wording.family_word)
register.filter("phase", wording.phase_word)
register.filter("case_state", wording.case_word)
register.filter("severity", wording.severity_word)
register.filter("ingestion", wording.ingestion_word)
register.filter("consequence", wording.consequence_words)
register.filter("unit_sign", wording.unit_sign)


@register.filter
def score(value: Fraction | None) -> str:
    """A score with one decimal, or "not rated"."""
    return figures.score_text(value)


@register.filter
def share(value: Fraction | None) -> str:
    """A share of 0..1 in percent."""
    return figures.share_text(value)


@register.filter
def number(value: Fraction | None) -> str:
    """An exact number as short as it can be told: at most two decimals."""
    return "" if value is None else figures.short_text(value)


@register.filter
def working(card: FamilyCard) -> str:
    """The family's score with the numbers filled in, as it can be pasted into a mail."""
    return figures.working_text(card)


@register.filter
def grouped(value: object) -> str:
    """A number with its thousands apart."""
    return figures.typed(value)


@register.filter
def cell(text: str) -> str:
    """What a row gives, for reading: an instant in UTC, or a number with its thousands apart."""
    if "T" in text:
        return date_format(datetime.fromisoformat(text), "j M Y, H:i:s")
    return figures.typed(text)


@register.filter
def exact(text: str) -> str:
    """A stored exact number, ``p`` or ``p/q``, for reading; other text stays as it is."""
    try:
        return number(Fraction(text))
    except ValueError:
        return text
