"""Why a period is a default, as members that several answers have."""

from typing import Any

from rest_framework import serializers

from metrics.selectors.wording_defaults import CAUSES


def default_cause(**options: Any) -> serializers.ChoiceField:
    """Of a breach case or a figure."""
    return serializers.ChoiceField(
        choices=[(cause, words) for cause, words in CAUSES.items()],
        allow_blank=True,
        help_text="Why it is a default; empty where it is none.",
        **options,
    )


def default_of(**options: Any) -> serializers.ListField:
    """The misses behind a default."""
    return serializers.ListField(
        child=serializers.DateField(),
        help_text="First days of the periods that make it one: of a default by repetition all "
        "misses that were counted.",
        **options,
    )
