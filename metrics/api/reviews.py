"""GET /reviews and /reviews/{id}/actions: what both sides talked about and promised."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.base import DetailView, ListView, one
from contracts.api.examples import example
from contracts.selectors import scope as contract_scope
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import choices, codes, conditions, days
from kpotracker.toolkit.pagination import updated
from metrics.api import daily_examples
from metrics.models import Review, ReviewAction
from metrics.reviews.lists import REVIEW_STATES, actions_of, reviews_list
from metrics.selectors.breaches import name_within


@extend_schema_serializer(examples=example(daily_examples.REVIEW))
class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A meeting of both sides about a vendor's work. Internal ones are read at the buyer's only."""

    vendor = serializers.CharField(source="vendor.code", read_only=True)
    contracts = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=list(REVIEW_STATES), read_only=True)
    chair = serializers.SerializerMethodField()
    actions_url = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = (
            "id",
            "vendor",
            "contracts",
            "kind",
            "state",
            "planned_on",
            "held_on",
            "called_off_on",
            "chair",
            "attendees",
            "is_internal",
            "actions_url",
            "updated_at",
        )
        read_only_fields = fields

    def get_contracts(self, review: Review) -> list[str]:
        """References of what it is about; empty for all of the vendor's."""
        return [contract.reference for contract in review.contracts.all()]

    def get_chair(self, review: Review) -> str:
        """A vendor's key reads "the buyer"."""
        return name_within(self.context["view"].scope, str(review.chair))

    def get_actions_url(self, review: Review) -> str:
        """Where its actions are listed."""
        path = reverse("api:review-actions", args=[review.pk])
        return str(self.context["request"].build_absolute_uri(path))


@extend_schema_serializer(examples=example(daily_examples.ACTION))
class ActionSerializer(serializers.ModelSerializer[ReviewAction]):
    """Something one side promised; ``is_carried_over``: in another review, and open since."""

    vendor = serializers.CharField(source="vendor.code", read_only=True)
    owner = serializers.SerializerMethodField()
    is_carried_over = serializers.SerializerMethodField()

    class Meta:
        model = ReviewAction
        fields = (
            "id",
            "review",
            "vendor",
            "text",
            "side",
            "owner",
            "agreed_on",
            "due_on",
            "state",
            "note",
            "closed_on",
            "is_carried_over",
            "is_internal",
            "updated_at",
        )
        read_only_fields = fields

    def get_owner(self, action: ReviewAction) -> str:
        """Who answers for it; a vendor's key reads "the buyer" for the buyer's people."""
        theirs = action.side == ReviewAction.Side.VENDOR
        return action.who if theirs else name_within(self.context["view"].scope, action.who)

    def get_is_carried_over(self, action: ReviewAction) -> bool:
        return bool(action.review_id != self.context["view"].kwargs["pk"])


class ReviewList(ListView):
    """Reviews, those changed last at the end."""

    serializer_class = ReviewSerializer
    filters = (
        codes("vendor", lambda found: Q(vendor__code__in=found), "Vendor code", "northwind"),
        choices("kind", Review.Kind.values, "kind", "Kind"),
        conditions("state", REVIEW_STATES, "State"),
        *days("planned_on", "Reviews planned"),
        *updated(),
    )

    def get_queryset(self) -> QuerySet[Review]:
        return _reviews(self.scope)


class ReviewDetail(DetailView):
    """One review."""

    serializer_class = ReviewSerializer

    def get_queryset(self) -> QuerySet[Review]:
        return _reviews(self.scope)


class ReviewActionList(ListView):
    """What a review agreed on and what it took over from others, those changed last at the end."""

    serializer_class = ActionSerializer
    filters = (choices("state", ReviewAction.State.values, "state", "State"), *updated())

    def get_queryset(self) -> QuerySet[ReviewAction, Any]:
        review = one(_reviews(self.scope), pk=self.kwargs["pk"])
        return actions_of(review, scope=self.scope)


def _reviews(scope: Scope) -> QuerySet[Review]:
    about = contract_scope.contracts(scope).order_by("reference")
    return reviews_list(scope=scope).prefetch_related(Prefetch("contracts", queryset=about))
