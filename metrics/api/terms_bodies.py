"""Bodies that state KPIs and their terms, as entries of a portfolio file and back again.

Portfolio files and the API share shapes, checks and services; here their names are told apart.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import asked
from contracts.api.fields import Choice, Coded, Day, Exact, Text, Whole
from contracts.selectors import scope as contracts_scope
from kpotracker.toolkit.fields import plain_decimal
from kpotracker.toolkit.pointers import pointer
from kpotracker.toolkit.problems import InputError
from metrics.api import terms_examples as examples
from metrics.engine import MEASURES
from metrics.models import ServiceLevel
from metrics.portfolio.editing import Entry, Finding, NewAmendment
from metrics.portfolio.editing.entries import without_nothing
from metrics.portfolio.reader import CONTROL
from metrics.selectors import wording_terms as words

PATH = tuple[str | int, ...]
_DIGITS, _PLACES = 30, 10
_MARKED = re.compile(r"`(\w+): ?(?:\.\.\.)?`")
_RENAMED = {"time": "time_field", "min_volume_policy": "small_sample"}
_NUMBERS = ("expected", "lower", "upper", "minimum", "critical", "weight", "min_volume", "floor")


def number(**options: Any) -> Exact:
    """An exact number in the KPI's unit."""
    return Exact(max_digits=_DIGITS, decimal_places=_PLACES, required=False, **options)


def choice(known: Iterable[str], **options: Any) -> Choice:
    return Choice(choices=[key for key in known if key], **options)


@extend_schema_field({"type": "object", "additionalProperties": True})
class Parameters(serializers.DictField):
    """The parameters of a measure, numbers with the digits that were sent."""

    def to_internal_value(self, data: Any) -> Any:
        return _exact(super().to_internal_value(data))


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {_clean(str(key)): _exact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    if isinstance(value, float):
        return Decimal(str(value))
    return _clean(value) if isinstance(value, str) else value


def _clean(text: str) -> str:
    if CONTROL.search(text):
        raise serializers.ValidationError(f"{text[:60]!r} has a control character: leave it out.")
    return text


class BandBody(StrictSerializer):
    """A named stretch of values; an edge that is left out is open."""

    name = Text(max_length=60)
    lower = number(allow_null=True)
    upper = number(allow_null=True)
    attainment = number(allow_null=True, help_text="0 to 100.")
    severity = choice(("minor", "major", "critical"), required=False, allow_null=True)


class LevelBody(StrictSerializer):
    """What the KPI has to reach. Numbers are in its unit: a percentage is stated as 95."""

    clause = Text(max_length=60, required=False, allow_blank=True)
    wording = Text(max_length=10_000, required=False, allow_blank=True)
    kind = Choice(choices=ServiceLevel.Kind.choices, required=False, help_text="key unless stated.")
    operator = Choice(
        choices=ServiceLevel.Operator.choices, help_text="It has to fit the direction."
    )
    expected = number(allow_null=True, help_text="Not with `within`.")
    lower = number(allow_null=True, help_text="With `within`.")
    upper = number(allow_null=True, help_text="With `within`.")
    minimum = number(allow_null=True, help_text="A worse level, below which it is a default.")
    critical = number(allow_null=True)
    bands = serializers.ListField(
        child=BandBody(), required=False, max_length=50, help_text="Best first, the best open."
    )
    compare_places = Whole(min_value=0, max_value=10, required=False, allow_null=True)
    compare_rounding = choice(("half_up", "truncate"), required=False)
    weight = number(help_text="In the score of its family; 1 unless stated.")
    min_volume = number(allow_null=True)
    small_sample = choice(
        ("insufficient", "evaluate_anyway"), required=False, help_text="Below min_volume."
    )
    attainment = choice(
        ("linear", "met_or_not", "bands"), required=False, allow_null=True, allow_blank=True
    )
    floor = number(allow_null=True)
    enforced_from = Day(required=False, allow_null=True)
    no_data_is = choice(("none", "breached"), required=False)
    no_activity_is = choice(("none", "met"), required=False)


class DefinitionBody(StrictSerializer):
    """How a KPI is measured."""

    measure = choice(MEASURES)
    parameters = Parameters(required=False)
    unit = Text(max_length=40, help_text="percent, ratio, seconds to days, or a label.")
    places = Whole(min_value=0, max_value=10, required=False, help_text="Decimals people see; 2.")
    period = choice(words.PERIODS)
    anchor = Day(required=False, allow_null=True, help_text="A day on which a period begins.")
    zone = Text(max_length=64, required=False, help_text="IANA; the contract's unless stated.")
    calendar = Coded(
        contracts_scope.calendars,
        "code",
        "calendar",
        required=False,
        allow_null=True,
        help_text="Working time; null is round the clock.",
    )
    grace_days = Whole(min_value=0, max_value=366, required=False, help_text="5 unless stated.")


class FirstDefinitionBody(DefinitionBody):
    """How a new KPI is measured from its first day on."""

    stub = choice(words.STUBS, required=False, help_text="evaluate unless stated.")


class AmendmentBody(StrictSerializer):
    """An amendment that is registered together with the terms it changes."""

    number = Whole(min_value=1, max_value=32_767)
    title = Text(max_length=200)
    signed_on = Day(required=False, allow_null=True)
    effective_from = Day()


class AmendingBody(StrictSerializer):
    """From when the terms hold, and by which amendment."""

    valid_from = Day(
        required=False, help_text="Unless stated the day on which the amendment takes effect."
    )
    amendment = Whole(
        min_value=1,
        max_value=32_767,
        required=False,
        allow_null=True,
        help_text="The number of one that is registered.",
    )
    new_amendment = AmendmentBody(required=False, help_text="One to register with the terms.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("new_amendment") and attrs.get("amendment") is not None:
            raise serializers.ValidationError("State amendment or new_amendment, not both.")
        return attrs


@extend_schema_serializer(examples=asked(examples.LEVEL_NEW))
class LevelAmending(AmendingBody, LevelBody):
    """A service level, whole, for periods that begin on its day or later."""


@extend_schema_serializer(examples=asked(examples.DEFINITION_NEW))
class DefinitionAmending(AmendingBody, DefinitionBody):
    """How it is measured, for periods that begin on its day or later: what is left out stays."""

    measure = choice(MEASURES, required=False, help_text="It starts with no parameters.")
    unit = Text(max_length=40, required=False)
    period = choice(words.PERIODS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "anchor" in attrs and "period" not in attrs:
            raise serializers.ValidationError({"anchor": "State the period with its anchor."})
        return super().validate(attrs)


def amendment_of(said: Mapping[str, Any]) -> NewAmendment | None:
    """The amendment that is registered with the terms, if any."""
    stated = said.get("new_amendment")
    return NewAmendment(**stated) if stated else None


def level_entry_of(said: Mapping[str, Any]) -> Entry:
    """A service level as a file states it."""
    entry = {name: value for name, value in said.items() if name not in _APART}
    entry |= {"min_volume_policy": entry.pop("small_sample", None)}
    entry |= {name: value for name in _NUMBERS if (value := _plain(entry.get(name))) is not None}
    entry["bands"] = [_band(band) for band in said.get("bands", ())]
    return without_nothing(entry)


def definition_entry_of(said: Mapping[str, Any]) -> Entry:
    """How it is measured as a file states it: what is not said is not stated."""
    entry = {name: value for name, value in said.items() if name not in (*_APART, "anchor")}
    if "period" in said:
        entry["period"] = without_nothing({"every": said["period"], "anchor": said.get("anchor")})
    stated = without_nothing(entry)
    if "calendar" in said:
        stated["calendar"] = said["calendar"].code if said["calendar"] else None
    return stated


_APART = ("new_amendment",)


def _band(band: Mapping[str, Any]) -> Entry:
    return without_nothing({name: _plain(value) for name, value in band.items()})


def _plain(value: Any) -> Any:
    return Decimal(plain_decimal(value)) if isinstance(value, Decimal) else value


def errors_of(
    findings: Iterable[Finding], place: Callable[[PATH], PATH] = lambda path: path
) -> Iterator[InputError]:
    """Findings as errors of a body; ``place`` leads from an entry's path to the body's member."""
    for finding in findings:
        where = pointer(renamed(place(finding.path)))
        yield InputError(_MARKED.sub(r"`\1`", str(finding)), pointer=f"#{where}")


def renamed(path: Sequence[str | int]) -> PATH:
    """An entry's path in the names of the API."""
    flat = [step for step in path if step != "every"]
    if flat[-1:] == ["anchor"]:
        flat = [*flat[:-2], "anchor"]
    return tuple(_RENAMED.get(str(step), step) for step in flat)
