"""GET /observations: the rows in force, flat, in the order of KPI, time and key."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from contracts.api.base import ListView
from contracts.api.examples import example
from contracts.api.numbers import number_or_text
from kpotracker.toolkit.filters import Parameter, UnreadableError, codes, days
from kpotracker.toolkit.pagination import LIMIT, USUAL, KeysetPagination, updated
from kpotracker.toolkit.problems import shown
from metrics.api import daily_examples
from metrics.api.owing import owing_contract, owing_vendor
from metrics.bi.parameters import of_kpi
from metrics.evaluation.observing import ObservedRow, Place, Wanted, observations_page
from metrics.models import Observation

_TOKEN = re.compile(r"o~(\d{1,9})~(-?\d{1,18})~([0-9a-f]{32})", re.ASCII)


@extend_schema_serializer(examples=example(daily_examples.OBSERVATION))
class ObservationSerializer(serializers.Serializer[ObservedRow]):
    """What one item says about one KPI, in the version that counts."""

    id = serializers.SerializerMethodField()
    vendor = owing_vendor("kpi.")
    contract = owing_contract("kpi.")
    kpi = serializers.CharField(source="kpi.code")
    feed = serializers.CharField(
        allow_null=True, help_text="Null where it carries several vendors' rows."
    )
    delivery = serializers.IntegerField(
        allow_null=True,
        help_text="That brought this version; null where an undoing brought it back, and where "
        "`feed` is null.",
    )
    ref = serializers.CharField(help_text="What the row is called in its file.")
    at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    series = serializers.CharField(allow_null=True)
    values = serializers.SerializerMethodField()
    revision = serializers.IntegerField(help_text="The higher one of an item counts.")
    updated_at = serializers.DateTimeField(help_text="When what brought it was last stamped.")

    def get_id(self, row: ObservedRow) -> str:
        """Stays the same through all versions of the item."""
        return f"{row.kpi.pk}-{row.key.hex()}"

    @extend_schema_field(
        {"type": "object", "additionalProperties": {"type": ["number", "string", "null"]}}
    )
    def get_values(self, row: ObservedRow) -> dict[str, Any]:
        """Role and value, in natural numbers; from and to are instants."""
        return {role: number_or_text(text) for role, text in row.values.items()}


def _read_place(text: str) -> Place:
    try:
        plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        plain = ""
    found = _TOKEN.fullmatch(plain)
    if found is None:
        raise UnreadableError(f"{shown(text)} is not a cursor: take next_cursor of the page before")
    return Place(int(found[1]), int(found[2]), bytes.fromhex(found[3]))


def _token(place: Place) -> str:
    plain = f"o~{place.kpi}~{place.at}~{place.key.hex()}"
    return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _of_feed(found: list[str]) -> Q:
    return Q(feed__code__in=found)


_KPIS = of_kpi()
_LOADS = (codes("feed", _of_feed, "Feed code", "service-desk"), *updated())
_CURSOR = Parameter("cursor", _read_place, "`next_cursor` of the page before; leave it out first.")


class ObservationPages(KeysetPagination):
    """Pages that lead on only: ``previous`` is always null."""

    parameters = (LIMIT, _CURSOR)

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        assert isinstance(view, ObservationList)
        limit = view.query.get("limit", USUAL)
        after = view.query.get("cursor")
        rows = observations_page(
            scope=view.scope, wanted=_wanted(view.query), limit=limit + 1, after=after
        )
        more, rows = len(rows) > limit, rows[:limit]
        token = _token(rows[-1].place) if more else None
        url = request.build_absolute_uri()
        onward = replace_query_param(url, "cursor", token) if token else None
        self._links = {"next": onward, "previous": None, "next_cursor": token}
        return rows


class ObservationList(ListView):
    """The rows in force, in the order of KPI, time and key: what figures are computed from. What was
    superseded or taken back is not listed. Pages lead on only."""

    serializer_class = ObservationSerializer
    pagination_class = ObservationPages
    filters = (*_KPIS, *_LOADS, *days("at", "Rows of a time"))

    def get_queryset(self) -> QuerySet[Observation]:
        return Observation.objects.none()

    def filter_queryset(self, queryset: Any) -> Any:
        return queryset  # pages read the query themselves

    def parameters(self) -> Sequence[Parameter]:
        return (*self.filters, *ObservationPages.parameters)


def _wanted(query: Mapping[str, Any]) -> Wanted:
    loads = [one.narrow(query[one.name]) for one in _LOADS if one.narrow and one.name in query]
    kpis = [one.narrow(query[one.name]) for one in _KPIS if one.narrow and one.name in query]
    return Wanted(
        kpis=Q(*kpis),
        loads=Q(*loads) if loads else None,
        first_day=query.get("from"),
        last_day=query.get("to"),
    )
