"""Filters that put figures into words; templates load them as ``figures``."""

import re
from fractions import Fraction

from django import template

from metrics.engine import Status
from metrics.scorecards import figures
from metrics.scorecards.cards import FamilyCard
from metrics.selectors import wording
from metrics.selectors.wording import Word

register = template.Library()
_CODES = re.compile("|".join(rf"\b{status}\b" for status in Status))


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
def family(code: str) -> Word:
    return wording.family_word(code)


@register.filter
def phase(code: str) -> Word:
    return wording.phase_word(code)


@register.filter
def case_state(code: str) -> Word:
    return wording.case_word(code)


@register.filter
def severity(code: str) -> Word:
    return wording.severity_word(code)


@register.filter
def ingestion(code: str) -> Word:
    return wording.ingestion_word(code)


@register.filter
def consequence(code: str) -> str:
    return wording.consequence_words(code)


@register.filter
def unit_sign(unit: str) -> str:
    return wording.unit_sign(unit)


@register.filter
def working(card: FamilyCard) -> str:
    """The family's score with the numbers filled in, as it can be pasted into a mail."""
    return figures.working_text(card)


@register.filter
def in_words(step: str) -> str:
    """A step of a computation with its status as people know it."""
    return _CODES.sub(lambda code: wording.status_word(code[0]).text.lower(), step)


@register.filter
def exact(text: str) -> str:
    """A stored exact number, ``p`` or ``p/q``, for reading; other text stays as it is."""
    try:
        return number(Fraction(text))
    except ValueError:
        return text
