"""What is done with a delivery: its rejects as a file, another try, taking it back."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.authentication import sender_of
from contracts.api.base import INGEST, MANAGE, READ, ApiMixin, one
from contracts.api.editing import StrictSerializer, body_of
from contracts.api.fields import Text
from contracts.api.headers import location
from contracts.api.throttles import EXPORT
from contracts.selectors.duties import Duty
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import XLSX, export_response
from metrics.api.conflicts import conflicts
from metrics.api.deliveries import DeliverySerializer
from metrics.feeds.again import delivery_again
from metrics.feeds.rejects import rejects_table
from metrics.feeds.undoing import undo_request
from metrics.models import Delivery
from metrics.selectors.deliveries import deliveries_list

_LOCATION = location("Where to see what becomes of it.", 202)
_TAKEN = {202: OpenApiResponse(DeliverySerializer, "It is being done; see Location.")}


class _OneKind(DefaultContentNegotiation):
    """The address says which kind of file it is, whatever is accepted."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class _RejectsFile(ApiMixin):
    pace = EXPORT
    scopes = {"GET": (READ, INGEST)}
    content_negotiation_class = _OneKind
    kind: ClassVar[str]

    def rejects(self, pk: int) -> HttpResponseBase:
        found: Delivery = one(deliveries_list(scope=self.scope), pk=pk)
        table = rejects_table(found.ingestion, scope=self.scope)
        if table is None:
            raise Http404
        return export_response(self.kind, f"rejects-{found.pk}", *table)


class RejectsCsv(_RejectsFile):
    """The rows that did not fit, as CSV to mend and deliver again: each as it stands in the file,
    with what is wrong beside it. At most the first 50,000; 404 where none is left to mend."""

    kind = "csv"

    @extend_schema(
        operation_id="deliveries_rejects_csv", responses={(200, "text/csv"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return self.rejects(pk)


class RejectsXlsx(_RejectsFile):
    """The rows that did not fit, as a workbook to mend and deliver again: each as it stands in the
    file, with what is wrong beside it. At most the first 50,000; 404 where none is left to mend."""

    kind = "xlsx"

    @extend_schema(
        operation_id="deliveries_rejects_xlsx", responses={(200, XLSX): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return self.rejects(pk)


class _DeliveryAct(ApiMixin):
    def delivery(self, pk: int) -> Delivery:
        found: Delivery = one(deliveries_list(scope=self.scope), pk=pk)
        return found

    def taken(self, delivery: Delivery) -> Response:
        """202, with the delivery as it stands and where to follow it."""
        context = {"request": self.request, "view": self}
        body = DeliverySerializer(self.delivery(delivery.pk), context=context).data
        path = reverse("api:delivery", args=[delivery.pk])
        headers = {"Location": self.request.build_absolute_uri(path)}
        return Response(body, status=HTTPStatus.ACCEPTED, headers=headers)


class NoBody(StrictSerializer):
    """Nothing is said besides."""


class DeliveryRetry(_DeliveryAct):
    """Try a delivery again that is not in. One that was set aside goes on from where it stopped,
    and so does its undoing; a rejected file is delivered once more under the mapping of today, and
    ``Location`` names that new delivery. 409 for one that is in, or on its way."""

    scopes = {"POST": (INGEST, MANAGE)}
    duties = {"POST": (Duty.FEEDS, Duty.DELIVER)}

    @extend_schema(request=None, responses=_TAKEN, parameters=[_LOCATION])
    def post(self, request: Request, pk: int) -> Response:
        found = self.delivery(pk)
        body_of(NoBody, request)
        with conflicts():
            tried = delivery_again(
                delivery=found, scope=self.scope, as_of=now(), by=sender_of(request)
            )
        return self.taken(tried)


class UndoBody(StrictSerializer):
    """Why the delivery is taken back."""

    reason = Text(max_length=400, help_text="Stands beside the delivery and in the audit trail.")


class DeliveryUndo(_DeliveryAct):
    """Take a delivery back: its rows give way to what the feed's other deliveries say, and figures
    are computed again; final ones are flagged only. Watch ``undone_at``. 409 for one that is not
    in, or is taken back already."""

    scopes = {"POST": (MANAGE,)}
    duties = {"POST": (Duty.FEEDS,)}

    @extend_schema(request=UndoBody, responses=_TAKEN, parameters=[_LOCATION])
    def post(self, request: Request, pk: int) -> Response:
        found = self.delivery(pk)
        reason = body_of(UndoBody, request)["reason"]
        with conflicts():
            undo_request(
                ingestion=found.ingestion,
                reason=reason,
                asked_by=self.scope.reader,
                as_of=now(),
            )
        return self.taken(found)
