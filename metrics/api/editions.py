"""GET /scorecards and /scorecards/{id}: what was published, frozen as it was."""

from typing import Any, cast

from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import ApiMixin, ListView
from contracts.api.examples import example
from kpotracker.toolkit.filters import codes, days
from kpotracker.toolkit.pagination import updated
from metrics.api import daily_examples
from metrics.api.scorecards import ScorecardSerializer
from metrics.models import Scorecard
from metrics.scorecards.editions import edition_by_number
from metrics.scorecards.frozen import card_of
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import name_within


@extend_schema_serializer(examples=example(daily_examples.EDITION))
class EditionSerializer(serializers.Serializer[Scorecard]):
    """One edition of a published scorecard. It never changes: a later one has a higher edition."""

    id = serializers.IntegerField()
    edition = serializers.IntegerField(help_text="1 for the first of its period.")
    kind = serializers.SerializerMethodField()
    vendor = serializers.SerializerMethodField()
    contract = serializers.CharField(
        source="contract.reference", allow_null=True, default=None, help_text="Null: the vendor's."
    )
    period = serializers.CharField(source="label")
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    reason = serializers.CharField(
        help_text="Why it was published although data was missing or could still change."
    )
    published_at = serializers.DateTimeField()
    published_by = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    def get_kind(self, scorecard: Scorecard) -> str:
        """vendor or contract."""
        return "contract" if scorecard.contract_id else "vendor"

    def get_vendor(self, scorecard: Scorecard) -> str:
        """Code of the vendor it is about."""
        owner = scorecard.contract.vendor if scorecard.contract else scorecard.vendor
        assert owner is not None  # one of them is set by a constraint
        return owner.code

    def get_published_by(self, scorecard: Scorecard) -> str:
        """A vendor's key reads "the buyer"."""
        return name_within(self.context["view"].scope, scorecard.published_by)

    def get_url(self, scorecard: Scorecard) -> str:
        """Where the edition is read."""
        path = reverse("api:edition", args=[scorecard.pk])
        return str(self.context["request"].build_absolute_uri(path))


@extend_schema_serializer(examples=example(daily_examples.FROZEN))
class FrozenSerializer(EditionSerializer):
    """An edition with the scorecard as it was published."""

    scorecard = serializers.SerializerMethodField()

    @extend_schema_field(ScorecardSerializer)
    def get_scorecard(self, scorecard: Scorecard) -> dict[str, Any]:
        """The figures and scores that were frozen."""
        return cast(dict[str, Any], ScorecardSerializer(card_of(scorecard)).data)


class EditionList(ListView):
    """Published scorecards in the order in which they were published."""

    serializer_class = EditionSerializer
    stamped_by = "published_at"
    filters = (
        codes(
            "vendor",
            lambda found: Q(vendor__code__in=found) | Q(contract__vendor__code__in=found),
            "Vendor code",
            "northwind",
        ),
        codes("contract", lambda found: Q(contract__reference__in=found), "Contract", "NW-2024-01"),
        *days("last_day", "Periods whose last day is"),
        *updated("published_at"),
    )

    def get_queryset(self) -> QuerySet[Scorecard]:
        found = scoped.scorecards(self.scope).select_related("vendor", "contract__vendor")
        return found.defer("body")


class EditionDetail(ApiMixin):
    """One published edition, frozen as it was: later figures do not change it."""

    @extend_schema(responses=FrozenSerializer)
    def get(self, request: Request, pk: int) -> Response:
        try:
            found = edition_by_number(pk, scope=self.scope)
        except Scorecard.DoesNotExist:
            raise Http404 from None
        context = {"request": request, "view": self}
        return Response(FrozenSerializer(found, context=context).data)
