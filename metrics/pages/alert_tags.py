"""Filters that put alerts into words; templates load them as ``alerts``."""

from django import template

from metrics.models import AlertEvent, AlertSubscription
from metrics.selectors import wording, wording_alerts

register = template.Library()
register.filter("told_state", wording_alerts.told_word)
register.filter("message_state", wording_alerts.message_word)
register.filter("channel_state", wording_alerts.channel_word)
register.filter("severity", wording.severity_word)

_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@register.filter
def subscription_words(line: AlertSubscription) -> str:
    """The kinds of notice it asks for."""
    if set(line.kinds) >= set(AlertEvent.Kind.values) - {AlertEvent.Kind.TEST}:
        return "Everything"
    return ", ".join(str(kind.label) for kind in AlertEvent.Kind if kind in line.kinds)


@register.filter
def digest_words(line: AlertSubscription) -> str:
    """When its digest goes out."""
    is_weekly = line.timing == AlertSubscription.Timing.WEEKLY
    days = f"{_DAYS[line.weekday]}, " if is_weekly else ""
    return f"{days}{line.hour:02d}:00 {line.zone}"
