"""/subscriptions and /channels: who is told of what, by which way and when.

A program is nobody: it looks after the subscriptions of roles and the channels that serve
everybody. Addresses and secrets of channels are never shown.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import MANAGE, ListView
from contracts.api.editing import StrictSerializer
from contracts.api.examples import example
from contracts.api.fields import Choice, Coded, Flag, Numbered, Text, Whole
from contracts.api.resources import Resource, ResourceDetail, ResourceList
from contracts.models import User
from contracts.selectors import scope as contract_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import choices, flag
from kpotracker.toolkit.pagination import updated
from metrics.alerts.reading import channels_offered
from metrics.alerts.subscription_services import (
    KINDS,
    subscription_change,
    subscription_create,
    subscription_end,
)
from metrics.api import daily_examples
from metrics.models import AlertChannel, AlertSubscription, BreachCase
from metrics.models.alerts import SEVERITIES
from metrics.selectors import scope as scoped

_TIMINGS = AlertSubscription.Timing.choices
_SEVERITIES = [(each, each.capitalize()) for each in SEVERITIES]
_LONGEST_WAIT = 720  # hours, as on the pages


@extend_schema_serializer(examples=example(daily_examples.SUBSCRIPTION, "200", "201"))
class SubscriptionSerializer(serializers.ModelSerializer[AlertSubscription]):
    """What a person, or everybody with a role, is told of. Hours are of ``zone``."""

    owner = serializers.CharField(
        source="owner.username", allow_null=True, default=None, read_only=True
    )
    channel = serializers.IntegerField(
        source="channel_id", allow_null=True, read_only=True, help_text="Null: on the pages."
    )
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=KINDS), read_only=True)
    states = serializers.ListField(
        child=serializers.ChoiceField(choices=BreachCase.State.choices),
        read_only=True,
        help_text="Only when a case becomes one of these; empty for every step.",
    )
    vendor = serializers.CharField(
        source="vendor.code", allow_null=True, default=None, read_only=True
    )
    contract = serializers.CharField(
        source="contract.reference", allow_null=True, default=None, read_only=True
    )

    class Meta:
        model = AlertSubscription
        fields = (
            "id",
            "owner",
            "role",
            "channel",
            "kinds",
            "states",
            "least_severity",
            "vendor",
            "contract",
            "timing",
            "hour",
            "weekday",
            "zone",
            "quiet_from",
            "quiet_until",
            "critical_breaks_quiet",
            "escalate_after_hours",
            "updated_at",
        )
        read_only_fields = fields


class SubscriptionChange(StrictSerializer):
    """What is told, how and when; whom it is for stays."""

    kinds = serializers.ListField(child=Choice(choices=KINDS), allow_empty=False)
    states = serializers.ListField(child=Choice(choices=BreachCase.State.choices), required=False)
    least_severity = Choice(choices=_SEVERITIES, required=False)
    vendor = Coded(contract_scope.vendors, "code", "vendor", required=False, allow_null=True)
    contract = Coded(
        contract_scope.contracts, "reference", "contract", required=False, allow_null=True
    )
    channel = Numbered(
        channels_offered,
        "channel",
        required=False,
        allow_null=True,
        help_text="Null: on the pages.",
    )
    timing = Choice(choices=_TIMINGS, required=False)
    hour = Whole(required=False, min_value=0, max_value=23, help_text="When digests go out.")
    weekday = Whole(required=False, min_value=0, max_value=6, help_text="0 is Monday.")
    zone = Text(required=False, max_length=64, help_text="Such as Europe/Berlin.")
    quiet_from = serializers.TimeField(required=False, allow_null=True)
    quiet_until = serializers.TimeField(
        required=False, allow_null=True, help_text="Quiet hours may span midnight."
    )
    critical_breaks_quiet = Flag(required=False)
    escalate_after_hours = Whole(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=_LONGEST_WAIT,
        help_text="Hours after which the next person is told of a case nobody acknowledged.",
    )


class SubscriptionCreate(SubscriptionChange):
    """A subscription of everybody with a role."""

    role = Choice(choices=User.Role.choices)


def _in_force(scope: Scope) -> QuerySet[AlertSubscription]:
    """Subscriptions that have not ended."""
    found = scoped.alert_subscriptions(scope).filter(is_active=True)
    return found.select_related("owner", "vendor", "contract", "channel")


def _create(*, role: str, **values: Any) -> AlertSubscription:
    return subscription_create(role=role, values=values)


def _change(*, subscription: AlertSubscription, **values: Any) -> AlertSubscription:
    return subscription_change(subscription=subscription, values=values)


def _end(*, subscription: AlertSubscription, as_of: datetime, reason: str) -> None:
    subscription_end(subscription=subscription, reason=reason)


SUBSCRIPTIONS = Resource(
    noun="subscription",
    address=("api:subscription", "pk"),
    found=_in_force,
    serializer=SubscriptionSerializer,
    creating=SubscriptionCreate,
    changing=SubscriptionChange,
    create=_create,
    change=_change,
    archive=_end,
    duties=(Duty.ALERTS,),
    leaving="End a subscription: it tells nobody anything more, and cannot be brought back.",
)


class SubscriptionList(ResourceList):
    """Subscriptions in force, those changed last at the end: of the roles for a program, and for a
    person who signed in their own besides."""

    resource = SUBSCRIPTIONS
    scopes = {"GET": (MANAGE,), "POST": (MANAGE,)}
    filters = (
        choices("role", User.Role.values, "role", "Role"),
        choices("timing", AlertSubscription.Timing.values, "timing", "When notices go out"),
        *updated(),
    )


class SubscriptionDetail(ResourceDetail):
    """One subscription in force; DELETE ends it."""

    resource = SUBSCRIPTIONS
    scopes = {"GET": (MANAGE,), "PATCH": (MANAGE,), "DELETE": (MANAGE,)}


@extend_schema_serializer(examples=example(daily_examples.CHANNEL))
class ChannelSerializer(serializers.ModelSerializer[AlertChannel]):
    """A way by which notices leave the pages; where it leads is kept secret but for ``hint``."""

    serves = serializers.SerializerMethodField()

    class Meta:
        model = AlertChannel
        fields = (
            "id",
            "name",
            "kind",
            "serves",
            "hint",
            "is_active",
            "last_sent_at",
            "last_failed_at",
            "last_error",
        )
        read_only_fields = fields

    def get_serves(self, channel: AlertChannel) -> str:
        """everybody, each subscriber's own address (each), or one person (owner)."""
        if channel.owner_id:
            return "owner"
        return "each" if channel.to_each else "everybody"


class ChannelList(ListView):
    """The channels that serve everybody, and a signed-in person's own; by number."""

    serializer_class = ChannelSerializer
    scopes = {"GET": (MANAGE,)}
    stamped_by = ""
    filters = (
        choices("kind", AlertChannel.Kind.values, "kind", "Kind"),
        flag("is_active", lambda active: Q(is_active=active), "true: only channels in use."),
    )

    def get_queryset(self) -> QuerySet[AlertChannel]:
        return scoped.alert_channels(self.scope)
