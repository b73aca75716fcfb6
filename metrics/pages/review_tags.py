"""Filters for reviews, their actions and frozen packs; templates load them as ``reviewing``."""

from datetime import date

from django import template
from django.utils.formats import date_format

from metrics.models import Review, ReviewAction
from metrics.selectors.wording import Word, action_word, review_word

register = template.Library()


@register.filter("action_word")
def action_state(action: ReviewAction, today: date) -> Word:
    """Open, overdue, done or dropped."""
    return action_word("overdue" if action.is_overdue(today) else action.state)


@register.filter("review_word")
def review_state(review: Review, today: date) -> Word:
    """Planned, held, called off, or past its day without a word."""
    if review.held_on:
        return review_word("held")
    if review.called_off_on:
        return review_word("called_off")
    return review_word("planned" if review.planned_on >= today else "unnoted")


@register.filter
def age(action: ReviewAction, today: date) -> int:
    """Days since the action was agreed, until it was closed."""
    return action.age(today)


@register.filter
def sign(tone: str) -> str:
    """The sign that stands beside a colour."""
    return Word("", tone).icon


@register.filter
def iso_day(text: str) -> str:
    """A day as packs keep it, for reading."""
    return date_format(date.fromisoformat(text), "j M Y") if text else ""
