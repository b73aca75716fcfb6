"""Members of a body, each of one JSON type: a number is no text, and 1 is not true."""

import re
from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import serializers

from contracts.selectors.lookups import UnknownCodeError, one_by
from contracts.selectors.scope import Scope
from kpotracker.toolkit.problems import nearest, shown

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONGEST_CODE = 90
_LARGEST_NUMBER = 10**18 - 1  # fits into the database's integers


class Text(serializers.CharField):
    """A JSON string, without the blanks around it."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Flag(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Day(serializers.DateField):
    """A day of the calendar, written 2026-03-01 and no other way."""

    default_error_messages = {"invalid": "This is not a day: write 2026-03-31."}

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class Choice(serializers.ChoiceField):
    """One of the choices; what is none of them is refused with the nearest one, or with them all."""

    def to_internal_value(self, data: Any) -> Any:
        known = [str(choice) for choice in self.choices if choice != ""]
        if isinstance(data, str) and (data in self.choices or (data == "" and self.allow_blank)):
            return super().to_internal_value(data)
        named = isinstance(data, str)
        wrong = f"{shown(data)} is unknown" if named else "This is not a text"
        way_out = nearest(data if named else "", known)
        raise serializers.ValidationError(f"{wrong}: {way_out}", "invalid_choice")


class Exact(serializers.DecimalField):
    """A JSON number, kept with the digits that were sent."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Coded(Text):
    """Another record by the code people use, looked for only where the sender may see.

    ``found``: the records of a scope that may be named; ``field``: what they are named by. What
    is hidden from the sender and what does not exist are refused with the same words. The body's
    ``context`` holds ``scope``.
    """

    def __init__(
        self, found: Callable[[Scope], QuerySet[Any]], field: str, noun: str, **options: Any
    ) -> None:
        super().__init__(max_length=_LONGEST_CODE, **options)
        self.found, self.named_by, self.noun = found, field, noun

    def run_validation(self, data: Any = serializers.empty) -> Any:
        code = super().run_validation(data)
        return self._record(code) if isinstance(code, str) else code

    def _record(self, code: str) -> Model:
        records = self.found(self.context["scope"])
        try:
            record: Model = one_by(records, field=self.named_by, code=code, noun=self.noun)
        except UnknownCodeError as error:
            raise serializers.ValidationError(str(error), "unknown") from None
        return record


class Numbered(Whole):
    """Another record by its ``id``, looked for only where the sender may see; as ``Coded``."""

    def __init__(self, found: Callable[[Scope], QuerySet[Any]], noun: str, **options: Any) -> None:
        super().__init__(min_value=1, max_value=_LARGEST_NUMBER, **options)
        self.found, self.noun = found, noun

    def run_validation(self, data: Any = serializers.empty) -> Any:
        number = super().run_validation(data)
        return self._record(number) if isinstance(number, int) else number

    def _record(self, number: int) -> Model:
        record: Model | None = self.found(self.context["scope"]).filter(pk=number).first()
        if record is None:
            raise serializers.ValidationError(f"{self.noun} {number} is unknown", "unknown")
        return record
