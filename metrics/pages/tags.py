"""Filters that put figures into words; templates load them as ``figures``."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from django import template
from django.template.context import Context
from django.utils.formats import date_format

from metrics.models import Ingestion, KpiPeriod, ResultRevision
from metrics.pages.commentary import commentary_context
from metrics.pages.subjects import Whose
from metrics.scorecards import figures
from metrics.scorecards.cards import Card, FamilyCard
from metrics.selectors import wording

register = template.Library()
register.filter("family", wording.family_word)
register.filter("phase", wording.phase_word)
register.filter("case_state", wording.case_word)
register.filter("severity", wording.severity_word)
register.filter("relief_state", wording.relief_word)
register.filter("plan_state", wording.plan_word)
register.filter("ingestion", wording.ingestion_word)
register.filter("owed", wording.owed_word)
register.filter("entry_state", wording.entry_word)
register.filter("consequence", wording.consequence_words)
register.filter("unit_sign", wording.unit_sign)


@register.filter
def delivered(ingestion: Ingestion) -> wording.Word:
    """What became of a delivery."""
    is_undone = ingestion.undone_at is not None
    return wording.delivery_word(ingestion.status, is_undone=is_undone)


@register.filter
def revision_word(revision: ResultRevision) -> wording.Word:
    """What a revision says, by the level that judged it."""
    return wording.judged_word(revision.status, revision.level)


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
def vendor_working(family: FamilyCard, card: Card) -> str:
    """A vendor's family score with the share and the score of each contract filled in."""
    return figures.vendor_working_text(card, family)


@register.filter
def below(whose: Whose, place: str) -> str:
    """The address of a page below somebody's card, such as ``publish``."""
    return whose.url(place)


@register.filter
def moved(change: Fraction | None) -> str:
    """How far a score moved, signed, with one decimal; empty where there is none."""
    if change is None:
        return ""
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return f"{sign}{float(figures.round_tenths(abs(change))):.1f}"


@register.inclusion_tag("metrics/_commentary.html", takes_context=True)
def commentary_of(context: Context, head: KpiPeriod) -> dict[str, Any]:
    """What both sides say about a figure, as far as the reader sees it."""
    return commentary_context(head, context["request"].scope)


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
