"""What people type in about alerts: subscriptions, channels and mutes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from contracts.models import Contract, User, Vendor
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.forms import PlainForm
from metrics.alerts.reading import channels_offered
from metrics.alerts.subscription_services import KINDS
from metrics.models import AlertChannel, AlertEvent, AlertSubscription, BreachCase, Kpi
from metrics.models.alerts import SEVERITIES
from metrics.selectors import scope as scoped
from metrics.selectors.wording import case_word

MYSELF, PAGES = "me", "pages"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_INSIDE = ("escalation", "approval", "date")  # kinds that are never told to vendor users
_TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class SubscriptionForm(PlainForm):
    """What one is told of, by which channel and when."""

    whom = forms.ChoiceField(label="Whom it is for")
    kinds = forms.MultipleChoiceField(
        label="What to tell",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one kind of notice."},
    )
    least_severity = forms.ChoiceField(
        label="Breach cases from this severity on",
        choices=[(each, each.capitalize()) for each in SEVERITIES],
    )
    states = forms.MultipleChoiceField(
        label="Only when a case becomes",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: every step of a case.",
    )
    vendor = forms.ModelChoiceField(Vendor.objects.none(), required=False, empty_label="Any")
    contract = forms.ModelChoiceField(Contract.objects.none(), required=False, empty_label="Any")
    channel = forms.ChoiceField(label="By which channel")
    timing = forms.ChoiceField(label="When", choices=AlertSubscription.Timing.choices)
    hour = forms.IntegerField(label="Digests go out at hour", min_value=0, max_value=23, initial=8)
    weekday = forms.TypedChoiceField(
        label="Weekly digests on", coerce=int, choices=list(enumerate(_DAYS))
    )
    zone = forms.CharField(
        label="Time zone", initial="UTC", max_length=64, help_text="Such as Europe/Berlin."
    )
    quiet_from = forms.TimeField(label="Quiet hours from", required=False, widget=_TIME)
    quiet_until = forms.TimeField(
        label="Quiet hours until",
        required=False,
        widget=_TIME,
        help_text="What happens in between arrives at their end; they may span midnight.",
    )
    critical_breaks_quiet = forms.BooleanField(
        label="Critical notices come in quiet hours too", required=False, initial=True
    )
    escalate_after_hours = forms.IntegerField(
        label="Hours until the next person is told",
        required=False,
        min_value=1,
        max_value=720,
        help_text="If nobody acknowledges a case by then. Empty: never by this subscription.",
    )

    def __init__(self, *args: Any, scope: Scope, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._channels = {str(each.pk): each for each in channels_offered(scope)}
        self._set("whom", [(MYSELF, "Myself"), *(_roles() if scope.may(Duty.ALERTS) else ())])
        kinds = [kind for kind in KINDS if scope.is_internal or kind not in _INSIDE]
        self._set("kinds", [(kind, AlertEvent.Kind(kind).label) for kind in kinds])
        states = [s for s in BreachCase.State.values if scope.is_internal or s != "provisional"]
        self._set("states", [(state, case_word(state).text) for state in states])
        self._set("channel", [(PAGES, "On the pages"), *self._ways()])
        self.fields["vendor"].queryset = contracts_scope.vendors(scope)  # type: ignore[attr-defined]
        self.fields["contract"].queryset = contracts_scope.contracts(scope)  # type: ignore[attr-defined]
        if not is_new or not scope.may(Duty.ALERTS):
            del self.fields["whom"]

    @property
    def role(self) -> str:
        """The role it is for; empty for the reader."""
        whom = self.cleaned_data.get("whom", MYSELF)
        return "" if whom == MYSELF else str(whom)

    @property
    def values(self) -> dict[str, Any]:
        """What the services take."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "whom"}
        return given | {"channel": self._channels.get(given["channel"])}

    def _set(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _ways(self) -> list[tuple[str, str]]:
        return [
            (key, f"{each.name} ({each.get_kind_display()}, {each.hint})")
            for key, each in self._channels.items()
        ]


def initial_of(line: AlertSubscription) -> dict[str, Any]:
    """A subscription as its form shows it."""
    names = [name for name in SubscriptionForm.base_fields if name not in ("whom", "channel")]
    channel = str(line.channel_id) if line.channel_id else PAGES
    return {name: getattr(line, name) for name in names} | {"channel": channel}


class ChannelForm(PlainForm):
    """A new channel: what kind, what it is called, where it leads."""

    kind = forms.ChoiceField(label="Kind", choices=AlertChannel.Kind.choices)
    name = forms.CharField(label="Name", max_length=60)
    address = forms.CharField(
        label="Address",
        required=False,
        max_length=1000,
        help_text="The URL that Slack, a Teams workflow or your own receiver gave you; an e-mail "
        "address; or an apprise address such as tgram://… for another service. Kept encrypted and "
        "not shown again. Empty for e-mail: your own address, or each subscriber's.",
    )
    common = forms.BooleanField(
        label="It serves everybody, and is subscribed by role", required=False
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not scope.may(Duty.ALERTS):
            del self.fields["common"]


class ChangeChannelForm(PlainForm):
    """A channel that is there: its name, whether it is used, and a new address."""

    name = forms.CharField(label="Name", max_length=60)
    address = forms.CharField(
        label="New address",
        required=False,
        max_length=1000,
        help_text="Empty: it leads where it led before.",
    )
    is_active = forms.BooleanField(label="In use", required=False)


class MuteForm(PlainForm):
    """What to be silent about, until when and why."""

    kpi = forms.ModelChoiceField(
        Kpi.objects.none(), label="KPI", required=False, to_field_name="code", empty_label="–"
    )
    contract = forms.ModelChoiceField(
        Contract.objects.none(), required=False, to_field_name="reference", empty_label="–"
    )
    vendor = forms.ModelChoiceField(
        Vendor.objects.none(), required=False, to_field_name="code", empty_label="–"
    )
    last_day = forms.DateField(label="Last day of silence (UTC)")
    reason = forms.CharField(label="Why", max_length=300)
    for_everybody = forms.BooleanField(label="For everybody, not for me alone", required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "kpi": scoped.kpis(scope).filter(archived_at=None).order_by("code"),
            "contract": contracts_scope.contracts(scope),
            "vendor": contracts_scope.vendors(scope),
        }
        for name, found in choices.items():
            self.fields[name].queryset = found  # type: ignore[attr-defined]
        if not scope.may(Duty.ALERTS, Duty.CASES):
            del self.fields["for_everybody"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        named = [given[name] for name in ("kpi", "contract", "vendor") if given.get(name)]
        if len(named) != 1:
            raise ValidationError("Choose one KPI, one contract or one vendor.")
        return given | {"subject": named[0]}

    @property
    def until(self) -> datetime:
        """The first instant after the last day; after the last one of all there is none."""
        day = min(self.cleaned_data["last_day"], date.max - timedelta(days=1))
        return datetime.combine(day, time.min, UTC) + timedelta(days=1)


def _roles() -> list[tuple[str, str]]:
    return [(role, f"Everybody: {label.lower()}") for role, label in User.Role.choices]
