"""/calendars and /calendars/{code}: the working hours that KPIs are measured by."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import asked, example
from contracts.api.fields import Text, Whole
from contracts.api.resources import (
    Resource,
    ResourceDetail,
    ResourceList,
    ResourceRestore,
    ResourceView,
)
from contracts.models import Calendar
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import ARCHIVED, codes
from kpotracker.toolkit.pagination import updated
from metrics.api import terms_examples as examples
from metrics.api.amending import findings_placed, terms_held
from metrics.models import KpiDefinition
from metrics.portfolio.editing import (
    calendar_archive,
    calendar_edit,
    calendar_register,
    calendar_restore,
)
from metrics.portfolio.editing.entries import calendar_entry

_MOST_STRETCHES, _MOST_DAYS = 24, 5_000
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        day: {"type": "array", "items": {"type": "string", "examples": ["09:00-17:30"]}}
        for day in _WEEK
    },
}


@extend_schema_serializer(examples=example(examples.CALENDAR))
class CalendarSerializer(serializers.ModelSerializer[Calendar]):
    """Working hours of a service; a day of the week that is left out is closed."""

    weekdays = serializers.SerializerMethodField()
    holidays = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Closed days; a star stands for every year: *-12-25.",
    )
    is_fixed = serializers.BooleanField(
        read_only=True, help_text="Figures were computed with it: its hours stay as they are."
    )

    class Meta:
        model = Calendar
        fields = (
            "code",
            "zone",
            "weekdays",
            "holidays",
            "managed_by",
            "is_fixed",
            "archived_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(_HOURS)
    def get_weekdays(self, calendar: Calendar) -> dict[str, list[str]]:
        """Open stretches of each day; a day ends at 24:00."""
        hours: dict[str, list[str]] = calendar_entry(calendar)["weekdays"]
        return hours


@extend_schema_field(_HOURS)
class Hours(serializers.DictField):
    """Open stretches by day of the week."""

    child = serializers.ListField(child=Text(max_length=11), max_length=_MOST_STRETCHES)


@extend_schema_serializer(examples=asked(examples.CALENDAR_CHANGED))
class CalendarChange(StrictSerializer):
    """What can be changed while no figure was computed with it."""

    zone = Text(max_length=64, help_text="IANA, such as Europe/Dublin.")
    weekdays = Hours(help_text="All of them: a day that is left out is closed.")
    holidays = serializers.ListField(
        child=Text(max_length=10),
        required=False,
        max_length=_MOST_DAYS,
        help_text="All closed days: 2026-04-06, or *-12-24 for every year.",
    )
    country_holidays = Text(
        max_length=8, required=False, help_text="Adds those of a country (IE) or region (DE-BY)."
    )
    years = serializers.ListField(
        child=Whole(min_value=1970, max_value=2200),
        required=False,
        min_length=2,
        max_length=2,
        help_text="The first and last year that they are written out for.",
    )


@extend_schema_serializer(examples=asked(examples.CALENDAR_NEW))
class CalendarCreate(CalendarChange):
    """A calendar to register; its code stays."""

    code = Text(max_length=63, help_text="Letters, digits, dots, dashes and underscores.")


def _calendars(scope: Scope) -> QuerySet[Calendar]:
    resting = KpiDefinition.objects.filter(calendar=OuterRef("pk"), kpi__periods__isnull=False)
    return scoped.calendars(scope).annotate(is_fixed=Exists(resting))


def _register(**said: Any) -> Calendar:
    with findings_placed():
        return calendar_register(entry=said, as_of=now())


def _change(*, calendar: Calendar, **said: Any) -> Calendar:
    return calendar_edit(calendar=calendar, changes=said, as_of=now())


CALENDARS = Resource(
    noun="calendar",
    address=("api:calendar", "code"),
    found=_calendars,
    serializer=CalendarSerializer,
    creating=CalendarCreate,
    changing=CalendarChange,
    create=_register,
    change=_change,
    archive=calendar_archive,
    restore=calendar_restore,
)


class CalendarList(ResourceList):
    """Calendars, those changed last at the end; a reader confined to a vendor sees none."""

    resource = CALENDARS
    filters = (
        codes("calendar", lambda found: Q(code__in=found), "Calendar code", "dublin-office"),
        ARCHIVED,
        *updated(),
    )


class _HeldHours(ResourceView):
    @contextmanager
    def held(self, record: Any) -> Iterator[None]:
        with terms_held(self.request, record), findings_placed():
            yield


class CalendarDetail(_HeldHours, ResourceDetail):
    """One calendar."""

    resource = CALENDARS


class CalendarRestore(_HeldHours, ResourceRestore):
    resource = CALENDARS
