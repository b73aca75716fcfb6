"""What new terms would do, as an answer: old and new version, and the periods they touch."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.api.examples import example
from contracts.api.numbers import Number, number
from metrics.api import terms_examples as examples
from metrics.api.levels import DefinitionRow, LevelRow
from metrics.evaluation.previewing import MOST, Preview, Prospect
from metrics.models import KpiPeriod
from metrics.models.timelines import in_force

_UNCOMPARED = {"id", "valid_from", "valid_to", "updated_at"}


@extend_schema_field({})
class AnyValue(serializers.JSONField):
    """A value of any type."""


class DifferenceSerializer(serializers.Serializer[Any]):
    """A member that differs between the version in force and the new one."""

    member = serializers.CharField()
    before = AnyValue(help_text="null: it held nothing.")
    after = AnyValue(help_text="null: it holds nothing.")


class FirstPeriodSerializer(serializers.Serializer[Any]):
    """The first period that the new terms govern, also where it has not begun."""

    period = serializers.CharField(source="label")
    first_day = serializers.DateField()
    last_day = serializers.DateField()


class ProspectSerializer(serializers.Serializer[Any]):
    """A measured period that new terms touch, now and under them."""

    period = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    phase = serializers.ChoiceField(choices=KpiPeriod.Phase.choices)
    is_frozen = serializers.BooleanField(help_text="It stays until an approved restatement.")
    value_now = Number(allow_null=True, help_text="In the unit of the definition in force.")
    value_then = Number(allow_null=True, help_text="In the unit of the new definition.")
    status_now = serializers.CharField(allow_blank=True)
    status_then = serializers.CharField()
    changes = serializers.BooleanField(help_text="Whether its status would be another.")


class _PreviewSerializer(serializers.Serializer[Any]):
    """Nothing was changed: what the terms would do."""

    dry_run = serializers.BooleanField()
    differences = DifferenceSerializer(many=True)
    first_period = FirstPeriodSerializer(allow_null=True)
    touched = serializers.IntegerField(help_text="How many measured periods they touch.")
    periods = ProspectSerializer(many=True, help_text=f"Newest first, at most {MOST}.")


@extend_schema_serializer(examples=example(examples.LEVEL_PREVIEW))
class LevelPreview(_PreviewSerializer):
    """What a new service level would do; nothing was changed."""

    before = LevelRow(allow_null=True, help_text="In force until the new one holds.")
    after = LevelRow(help_text="Its `id` is null: it is not stored.")


@extend_schema_serializer(examples=example(examples.DEFINITION_PREVIEW))
class DefinitionPreview(_PreviewSerializer):
    """What another way of measuring would do; nothing was changed."""

    before = DefinitionRow(allow_null=True, help_text="In force until the new one holds.")
    after = DefinitionRow(help_text="Its `id` is null: it is not stored.")


def previewed(
    view: APIView, row: type[Any], line: Any, stored: Sequence[Any], preview: Preview
) -> Response:
    """The answer to a dry run. ``stored``: the versions there are, with what rows show."""
    following = [each.valid_from for each in stored if each.valid_from > line.valid_from]
    line.next_from = min(following, default=None)
    standing = in_force(sorted(stored, key=lambda each: each.valid_from), line.valid_from)
    context = {"view": view, "request": view.request}
    before = dict(row(standing, context=context).data) if standing else None
    after = dict(row(line, context=context).data) | {"id": None}
    first = preview.first
    return Response(
        {
            "dry_run": True,
            "before": before,
            "after": after,
            "differences": _differences(before or {}, after),
            "first_period": FirstPeriodSerializer(first).data if first else None,
            "touched": preview.touched,
            "periods": [_told(each) for each in preview.prospects],
        }
    )


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"member": name, "before": before.get(name), "after": value}
        for name, value in after.items()
        if name not in _UNCOMPARED and before.get(name) != value
    ]


def _told(prospect: Prospect) -> dict[str, Any]:
    head, revision = prospect.head, prospect.now
    result = prospect.figure.result
    return {
        "period": head.label,
        "first_day": head.first_day.isoformat(),
        "last_day": head.last_day.isoformat(),
        "phase": head.phase,
        "is_frozen": prospect.is_frozen,
        "value_now": number(Fraction(revision.value)) if revision and revision.value else None,
        "value_then": number(result.value),
        "status_now": head.status,
        "status_then": str(result.status),
        "changes": prospect.changes_verdict,
    }
