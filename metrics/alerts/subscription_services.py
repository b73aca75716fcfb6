"""What people are told of, and what holds notices back for a while."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

from contracts.models import Contract, User, Vendor
from contracts.services.writing import save, writing
from metrics.models import AlertEvent, AlertMute, AlertSubscription, BreachCase, Kpi

LONGEST_MUTE = timedelta(days=366)
KINDS = tuple(kind for kind in AlertEvent.Kind.values if kind != AlertEvent.Kind.TEST)
_FIELDS = frozenset(
    {"channel", "contract", "critical_breaks_quiet", "escalate_after_hours", "hour"}
    | {"is_active", "kinds", "least_severity", "quiet_from", "quiet_until", "states"}
    | {"timing", "vendor", "weekday", "zone"}
)


def subscription_create(
    *, owner: User | None = None, role: str = "", values: Mapping[str, Any]
) -> AlertSubscription:
    """Subscribe a person, or everybody with a role. Raises ValidationError with all errors."""
    return _saved(AlertSubscription(owner=owner, role=role), values)


def subscription_change(
    *, subscription: AlertSubscription, values: Mapping[str, Any]
) -> AlertSubscription:
    """Change what is told, how and when; whom it concerns stays. Raises ValidationError."""
    return _saved(subscription, values)


def subscription_end(*, subscription: AlertSubscription, reason: str = "") -> None:
    """Tell nothing more by it; what is on its way already still arrives."""
    with writing():
        subscription.is_active = False
        save(subscription, action="ended", reason=reason)


def mute_create(
    *,
    subject: Kpi | Contract | Vendor,
    until: datetime,
    reason: str,
    created_by: User,
    as_of: datetime,
    for_everybody: bool = False,
) -> AlertMute:
    """Hold back notices about ``subject``. Raises ValidationError without a reason, and for an
    end that is past or more than a year away."""
    if not as_of < until <= as_of + LONGEST_MUTE:
        raise ValidationError({"until": "A mute ends after today and within a year."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why: the delivery log shows it."})
    mute = AlertMute(
        owner=None if for_everybody else created_by,
        until=until,
        reason=reason.strip(),
        created_by=created_by,
        kpi=subject if isinstance(subject, Kpi) else None,
        contract=subject if isinstance(subject, Contract) else None,
        vendor=subject if isinstance(subject, Vendor) else None,
    )
    with writing():
        save(mute)
    return mute


def mute_end(*, mute: AlertMute, as_of: datetime) -> AlertMute:
    """Let notices go out again from now on; one that is over stays as it was."""
    if mute.until > as_of:
        mute.until = as_of
        with writing():
            save(mute, action="ended")
    return mute


def _saved(line: AlertSubscription, values: Mapping[str, Any]) -> AlertSubscription:
    unknown = sorted(set(values) - _FIELDS)
    if unknown:
        raise TypeError(f"{', '.join(unknown)} cannot be set: use {', '.join(sorted(_FIELDS))}")
    for name, value in values.items():
        setattr(line, name, value)
    if errors := _errors(line):
        raise ValidationError(errors)
    with writing():
        save(line)
    return line


def _errors(line: AlertSubscription) -> dict[str, str]:
    """Everything that contradicts itself, by field."""
    errors: dict[str, str] = {}
    if not line.kinds or set(line.kinds) - set(KINDS):
        errors["kinds"] = "Choose at least one kind of notice."
    if set(line.states) - set(BreachCase.State.values):
        errors["states"] = "Choose states of a breach case."
    if line.zone not in available_timezones():
        errors["zone"] = f"'{line.zone}' is not a time zone: write one such as Europe/Berlin."
    if (line.quiet_from is None) != (line.quiet_until is None):
        errors["quiet_until"] = "Quiet hours need a beginning and an end, or neither."
    return errors | _channel_errors(line)


def _channel_errors(line: AlertSubscription) -> dict[str, str]:
    channel = line.channel
    if channel is None:
        return {}
    if channel.owner_id is not None and channel.owner_id != line.owner_id:
        return {"channel": "This channel is another person's own."}
    if channel.owner_id is None and line.owner_id is not None and not channel.to_each:
        return {"channel": "A channel that serves everybody is subscribed by role."}
    is_outside = line.role == User.Role.VENDOR
    if is_outside and channel.owner_id is None and not channel.to_each:
        return {"channel": "Vendor users have no channel in common: choose mail to each."}
    return {}
