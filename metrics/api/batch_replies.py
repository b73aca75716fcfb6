"""What a push of rows is answered, and how the OpenAPI document tells of it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiRequest, OpenApiResponse
from rest_framework import serializers

from kpotracker.toolkit.pointers import pointer
from metrics.api.batch_bodies import EVENT, EVENTS, JSON, LINES, Pushed
from metrics.api.deliveries import RejectionSerializer
from metrics.feeds.batches import REJECTED, VERDICTS, Item, Outcome
from metrics.models import Ingestion

_SAID = {
    "stale": "What is in is newer: it stays as it is.",
    "conflicting": "Something else is in under the same identity, and nothing tells which is newer.",
}
_WAY_OUT = {
    "stale": "",
    "conflicting": "send a correction with a newer revision, or have the first delivery undone",
}


class BatchItemSerializer(serializers.Serializer[Any]):
    """What became of one row."""

    index = serializers.IntegerField(help_text="Place of the row in the body, from 0.")
    verdict = serializers.ChoiceField(
        choices=VERDICTS,
        help_text="accepted: in. corrected: in, in place of what was there. duplicate: was in "
        "already. stale: older than what is in. conflicting: something else is in, and nothing "
        "tells which is newer. filtered: the mapping leaves it out. rejected: it does not fit.",
    )
    code = serializers.CharField(required=False, help_text="The rule that it broke.")
    pointer = serializers.CharField(
        required=False, allow_blank=True, help_text="Place in the body, RFC 6901."
    )
    detail = serializers.CharField(required=False)
    hint = serializers.CharField(required=False, help_text="How to mend it.")


class BatchCountsSerializer(serializers.Serializer[Any]):
    """Rows by verdict."""

    accepted = serializers.IntegerField()
    corrected = serializers.IntegerField()
    stale = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    conflicting = serializers.IntegerField()
    filtered = serializers.IntegerField()
    rejected = serializers.IntegerField()


class BatchSerializer(serializers.Serializer[Any]):
    """What became of the rows of one request."""

    delivery = serializers.IntegerField(
        allow_null=True, help_text="The delivery they are; null in a dry run."
    )
    status = serializers.ChoiceField(choices=Ingestion.Status.choices, allow_null=True)
    status_url = serializers.URLField(
        allow_null=True, help_text="Where to see what became of the delivery."
    )
    repeated = serializers.BooleanField(
        help_text="The same rows came before, and count once: in their old place."
    )
    counts = BatchCountsSerializer(allow_null=True, help_text="null while the rows are not in yet.")
    rejection = RejectionSerializer(
        allow_null=True, help_text="Why none of the rows can be used, such as a missing column."
    )
    items = BatchItemSerializer(many=True, help_text="Every row; none while they are not in yet.")


def reply_body(outcome: Outcome, pushed: Pushed, url: str | None) -> dict[str, Any]:
    """The answer about ``outcome`` as JSON values."""
    delivery, rejection = outcome.delivery, outcome.rejection
    return {
        "delivery": delivery.pk if delivery else None,
        "status": str(delivery.ingestion.status) if delivery else None,
        "status_url": url,
        "repeated": delivery.repeated if delivery else False,
        "counts": None if outcome.items is None else outcome.counts,
        "rejection": dict(RejectionSerializer(rejection).data) if rejection else None,
        "items": [dict(_item(item, pushed)) for item in outcome.items or ()],
    }


def _item(item: Item, pushed: Pushed) -> Iterator[tuple[str, Any]]:
    yield "index", item.index
    yield "verdict", item.verdict
    if item.verdict == REJECTED:
        yield "code", item.rule
        yield "pointer", pushed.pointer(item.index) + _place(item, pushed.batch.rows[item.index])
    detail = item.message or _SAID.get(item.verdict)
    if detail:
        yield "detail", detail
    hint = item.hint or _WAY_OUT.get(item.verdict)
    if hint:
        yield "hint", hint


def _place(item: Item, row: str) -> str:
    """Where the faulty column stands in its row: a dotted one is a path, unless it is a name."""
    if not item.column:
        return ""
    steps = [item.column] if _names(row, item.column) else item.column.split(".")
    return pointer(steps)


def _names(row: str, column: str) -> bool:
    if "." not in column:
        return True
    found = json.loads(row)
    return isinstance(found, Mapping) and column in found


_ROW = {"number": "INC-4711", "closed": "2026-03-14T09:30:00Z", "met": "yes"}
_SECOND = _ROW | {"number": "INC-4712", "closed": "2026-02-30T10:00:00Z"}
_ANY_ROW = {"type": "object", "additionalProperties": True, "description": "A row by column."}
_EVENT = {
    "specversion": "1.0",
    "id": "b7a1",
    "source": "/desk/incidents",
    "type": "com.example.incident.closed",
    "data": _ROW,
}
_EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0; its data is the row, and time is not the row's time.",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1},
        "type": {"type": "string", "minLength": 1},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"type": "string"},
        "data": _ANY_ROW,
    },
    "additionalProperties": True,
}
_ROWS = {"type": "array", "minItems": 1, "items": _ANY_ROW}
_WITH_DAY: dict[str, Any] = {
    "type": "object",
    "required": ["observations"],
    "additionalProperties": False,
    "properties": {
        "complete_through": {
            "type": ["string", "null"],
            "format": "date",
            "description": "As the parameter of the same name.",
        },
        "observations": _ROWS,
    },
}


def _example(name: str, value: Any, media_type: str) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True, media_type=media_type)


BATCH_REQUESTS: dict[str, Any] = {
    JSON: OpenApiRequest(
        {"oneOf": [_ROWS, _WITH_DAY]},
        examples=[
            _example("rows", [_ROW, _SECOND], JSON),
            _example(
                "with_attestation", {"complete_through": "2026-03-31", "observations": [_ROW]}, JSON
            ),
        ],
    ),
    **{
        kind: OpenApiRequest(
            {"type": "string", "description": "One JSON object a line."},
            examples=[_example("lines", f"{json.dumps(_ROW)}\n{json.dumps(_SECOND)}\n", kind)],
        )
        for kind in LINES
    },
    EVENT: OpenApiRequest(_EVENT_SCHEMA, examples=[_example("event", _EVENT, EVENT)]),
    EVENTS: OpenApiRequest(
        {"type": "array", "minItems": 1, "items": _EVENT_SCHEMA},
        examples=[_example("events", [_EVENT], EVENTS)],
    ),
}

_URL = "https://kpi.example.test/api/v1/deliveries/88"
_NONE = dict.fromkeys(VERDICTS, 0)
_IN = {
    "delivery": 88,
    "status": "done",
    "status_url": _URL,
    "repeated": False,
    "counts": _NONE | {"accepted": 1, "duplicate": 1},
    "rejection": None,
    "items": [{"index": 0, "verdict": "accepted"}, {"index": 1, "verdict": "duplicate"}],
}
_MIXED = _IN | {
    "counts": _NONE | {"accepted": 1, "rejected": 1},
    "items": [
        {"index": 0, "verdict": "accepted"},
        {
            "index": 1,
            "verdict": "rejected",
            "code": "time_calendar",
            "pointer": "/1/closed",
            "detail": "'2026-02-30T10:00:00Z' in column 'closed' is not a time of the calendar",
            "hint": "send a day and a time that exist",
        },
    ],
}
_LATER = _IN | {"status": "received", "counts": None, "items": []}


def _answer(status: int, what: str, value: Mapping[str, Any]) -> OpenApiResponse:
    example = OpenApiExample(
        f"status_{status}", value=value, response_only=True, status_codes=[str(status)]
    )
    return OpenApiResponse(BatchSerializer, what, examples=[example])


BATCH_RESPONSES: dict[int, OpenApiResponse] = {
    200: _answer(200, "Every row was taken, or was in already.", _IN),
    202: _answer(202, "Kept safe, and loaded in its turn; see Location.", _LATER),
    207: _answer(207, "Some rows are rejected or conflicting; the others are in.", _MIXED),
}
