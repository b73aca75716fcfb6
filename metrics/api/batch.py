"""POST /feeds/{code}/observations:batch."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.authentication import sender_of
from contracts.api.base import INGEST, ApiMixin, one
from contracts.api.headers import location
from contracts.models import ApiKey
from contracts.selectors.duties import Duty
from kpotracker.toolkit.filters import Parameter, read_flag
from kpotracker.toolkit.problems import InputError, InvalidInputError, RefusedError
from metrics.api.batch_bodies import Pushed, RowsBody, pushed_in
from metrics.api.batch_replies import BATCH_REQUESTS, BATCH_RESPONSES, reply_body
from metrics.api.bodies import too_large
from metrics.api.feeds import COMPLETE_THROUGH
from metrics.feeds.batches import AT_ONCE_BYTES, AT_ONCE_ROWS, Outcome, batch_foresee, batch_receive
from metrics.feeds.idempotency import InFlightError, OtherBodyError, Reply, replied_once
from metrics.feeds.intake import AttestationError, FeedError
from metrics.feeds.storage import TooLargeError
from metrics.models import Feed
from metrics.selectors import scope as scoped

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_ATTENTION = ("rejected", "conflicting")
_HEADERS = [
    OpenApiParameter(
        "Idempotency-Key",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="A text of your own for this request, at most 255 printable ASCII signs. Sent "
        "again within 7 days with the same body it brings the same reply and no second effect.",
    ),
    OpenApiParameter(
        "Idempotency-Replayed",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="`true` on a reply that was given before.",
        response=[200, 202, 207],
        enum=["true"],
    ),
    location("Where to see what became of the delivery.", 202),
]


class BatchPush(ApiMixin):
    """Push rows to a feed: they take the way of a file, through the feed's own mapping.

    Up to 1,000 rows and 1 MB are in when the answer comes, which says what became of each row:
    200, or 207 as soon as one is rejected or conflicting. A larger batch, up to 20,000 rows and
    16 MB, and one that stands behind a delivery which is not in yet, are answered with 202; what
    did not fit is then among the quarantined rows of the delivery. `Content-Encoding: gzip` is
    taken. Members of a row that the mapping does not name are kept with the delivery and not read.
    """

    scopes = {"POST": (INGEST,)}
    duties = {"POST": (Duty.DELIVER,)}
    parser_classes = (RowsBody,)
    filters = (
        COMPLETE_THROUGH,
        Parameter(
            "dry_run",
            read_flag,
            "true: say what would become of the rows, and keep nothing; for up to 1,000 rows.",
            {"type": "boolean", "default": False},
        ),
    )

    @extend_schema(
        operation_id="feeds_observations_batch",
        request=BATCH_REQUESTS,
        responses=BATCH_RESPONSES,
        parameters=_HEADERS,
    )
    def post(self, request: Request, code: str) -> Response:
        feed: Feed = one(scoped.feeds(self.scope), code=code)
        key = _key(request)
        pushed = pushed_in(request)
        with _refusals():
            if self.query.get("dry_run"):
                return _response(self._foreseen(feed, pushed))
            if key is None:
                return _response(self._received(feed, pushed))
            return self._once(feed, pushed, key)

    def _once(self, feed: Feed, pushed: Pushed, key: str) -> Response:
        api_key = self.request.auth
        assert isinstance(api_key, ApiKey)  # nobody else may post
        reply, replayed = replied_once(
            api_key=api_key,
            feed=feed,
            key=key,
            digest=pushed.digest,
            do=lambda keep: self._received(feed, pushed, keep),
        )
        response = _response(reply)
        if replayed:
            response["Idempotency-Replayed"] = "true"
        return response

    def _received(
        self, feed: Feed, pushed: Pushed, keep: Callable[[Reply], None] | None = None
    ) -> Reply:
        def answer(outcome: Outcome) -> Reply:
            reply = self._reply(outcome, pushed)
            if keep:
                keep(reply)
            return reply

        return batch_receive(
            feed=feed,
            batch=pushed.batch,
            received_at=timezone.now(),
            delivered_by=sender_of(self.request),
            complete_through=self._through(pushed),
            answer=answer,
        )

    def _foreseen(self, feed: Feed, pushed: Pushed) -> Reply:
        if not pushed.batch.is_loaded_at_once:
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"A dry run may have {AT_ONCE_ROWS} rows and {AT_ONCE_BYTES} bytes: send fewer.",
            )
        outcome = batch_foresee(
            feed=feed,
            batch=pushed.batch,
            as_of=timezone.now(),
            complete_through=self._through(pushed),
        )
        return self._reply(outcome, pushed)

    def _through(self, pushed: Pushed) -> Any:
        """Up to which day its sender attests completeness, from wherever that is stated."""
        stated = self.query.get("complete_through")
        if stated and pushed.complete_through:
            detail = "State complete_through in the body or in the address, not in both."
            raise InvalidInputError([InputError(detail, parameter="complete_through")])
        return stated or pushed.complete_through

    def _reply(self, outcome: Outcome, pushed: Pushed) -> Reply:
        url = None
        if outcome.delivery is not None:
            path = reverse("api:delivery", args=[outcome.delivery.pk])
            url = str(self.request.build_absolute_uri(path))
        body = reply_body(outcome, pushed, url)
        if outcome.items is None:
            return Reply(HTTPStatus.ACCEPTED, body, {"Location": url or ""})
        mixed = any(item.verdict in _ATTENTION for item in outcome.items)
        return Reply(HTTPStatus.MULTI_STATUS if mixed else HTTPStatus.OK, body)


def _response(reply: Reply) -> Response:
    return Response(reply.body, status=reply.status, headers=dict(reply.headers))


def _key(request: Request) -> str | None:
    """The stated Idempotency-Key."""
    stated = request.headers.get("Idempotency-Key")
    if stated is not None and not _KEY.fullmatch(stated):
        raise RefusedError(
            HTTPStatus.BAD_REQUEST,
            "An Idempotency-Key has 1 to 255 printable ASCII signs: send another one.",
        )
    return stated


@contextmanager
def _refusals() -> Iterator[None]:
    """What the services refuse, as the problems of this address."""
    try:
        yield
    except AttestationError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from None
    except FeedError as error:
        raise RefusedError(HTTPStatus.CONFLICT, str(error)) from None
    except TooLargeError:
        raise too_large() from None
    except OtherBodyError:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used with another body: take a new one.",
        ) from None
    except InFlightError:
        raise RefusedError(
            HTTPStatus.CONFLICT,
            "A request with this Idempotency-Key is being worked on: send it again in a moment.",
            {"Retry-After": "1"},
        ) from None
