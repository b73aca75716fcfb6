"""The terms of a KPI in plain words, as facts with a name: for pages, previews and sheets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format

from metrics.models import KpiDefinition, ServiceLevel
from metrics.scorecards.figures import minimum_text, target_of, target_text, typed, with_sign
from metrics.selectors import wording_terms as words
from metrics.selectors.wording import kind_words


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the terms say."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A fact before and after a change."""

    name: str
    before: str
    after: str

    @property
    def has_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Way:
    """A definition line as a row of a table."""

    line: KpiDefinition
    measure: str
    parameters: Sequence[Fact]
    period: str
    working_time: str
    agreed: str


def way_of(line: KpiDefinition) -> Way:
    """How a KPI is measured from a day on, in words."""
    return Way(
        line,
        words.measure_word(line.measure).text,
        parameter_facts(line.parameters),
        period_words(line),
        calendar_words(line),
        agreed_in(line),
    )


def compared(before: Sequence[Fact], after: Sequence[Fact]) -> list[Compared]:
    """Facts beside each other, in the order of ``after``; what nobody says is left out."""
    old, new = ({fact.name: fact.text for fact in facts} for facts in (before, after))
    names = dict.fromkeys([*new, *old])
    return [Compared(name, old.get(name, "–"), new.get(name, "–")) for name in names]


def level_facts(level: ServiceLevel, unit: str) -> list[Fact]:
    """What ``level`` demands, in the unit of its KPI."""
    target = target_of(level)
    numbers = {
        "Service level": target_text(target, unit),
        "Minimum": minimum_text(target, unit),
        "Critical failure beyond": _number(level.critical, unit),
    }
    return [Fact(*pair) for pair in [*numbers.items(), *_rules(level, unit)] if pair[1]]


def level_sentence(level: ServiceLevel, unit: str) -> str:
    """The level in a few words, such as ``≥ 95 %, minimum 90 %``."""
    target = target_of(level)
    minimum = minimum_text(target, unit)
    return target_text(target, unit) + (f", minimum {minimum}" if minimum else "")


def definition_facts(definition: KpiDefinition) -> list[Fact]:
    """How a KPI is measured."""
    word = words.measure_word(definition.measure)
    facts = {
        "Measured as": f"{word.text}: {word.meaning}" if word.meaning else word.text,
        **{fact.name: fact.text for fact in parameter_facts(definition.parameters)},
        "Unit": definition.unit,
        "Decimals shown": str(definition.places),
        "Period": period_words(definition),
        "Short first or last period": words.STUBS.get(definition.stub, definition.stub),
        "Time zone": definition.zone,
        "Working time": calendar_words(definition),
        "Time for late rows": f"{definition.grace_days} days",
    }
    return [Fact(name, text) for name, text in facts.items()]


def parameter_facts(parameters: dict[str, Any]) -> list[Fact]:
    """The parameters of a measure, each by its word."""
    return [
        Fact(words.parameter_word(name).text, _parameter(value))
        for name, value in parameters.items()
    ]


def period_words(definition: KpiDefinition) -> str:
    """The length of a period, and a day on which one begins where that is not the usual one."""
    length = words.PERIODS.get(definition.period, definition.period)
    return f"{length}, from {_day(definition.anchor)}" if definition.anchor else length


def calendar_words(definition: KpiDefinition) -> str:
    return f"calendar {definition.calendar.code}" if definition.calendar else "around the clock"


def agreed_in(line: KpiDefinition | ServiceLevel) -> str:
    """Where a dated line comes from."""
    if line.amendment is None:
        return "as signed"
    return f"amendment {line.amendment.number}: {line.amendment.title}"


def _rules(level: ServiceLevel, unit: str) -> Iterator[tuple[str, str]]:
    yield "Class", kind_words(level.kind)
    yield "Weight", typed(level.weight)
    yield "Enforced from", _day(level.enforced_from)
    if level.min_volume is not None:
        yield "Fewest items judged", typed(level.min_volume)
        yield "With fewer items", words.SMALL_SAMPLES.get(level.small_sample, level.small_sample)
    yield "Without data", words.NO_DATA.get(level.no_data_is, level.no_data_is)
    yield "When nothing happened", words.NO_ACTIVITY.get(level.no_activity_is, level.no_activity_is)
    yield "Attainment", words.ATTAINMENTS.get(level.attainment, level.attainment)
    yield "No attainment at", _number(level.floor, unit)
    yield "Bands", "; ".join(_band(band, unit) for band in level.bands)
    if level.compare_places is not None:
        rounding = words.ROUNDINGS.get(level.compare_rounding, level.compare_rounding)
        yield "Compared with", f"{level.compare_places} decimals, {rounding.lower()}"
    yield "Clause", level.clause
    yield "Clause as signed", level.wording


def _band(written: Sequence[Any], unit: str) -> str:
    name, lower, upper, *rest = written
    ends = [f"from {typed(lower)}" if lower else "", f"to {typed(upper)}" if upper else ""]
    attainment = f", attainment {typed(rest[0])}" if rest and rest[0] is not None else ""
    severity = f", {rest[1]}" if len(rest) > 1 and rest[1] else ""
    return " ".join(part for part in (name, *ends) if part) + attainment + severity


def _parameter(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values())
    return words.choice_words(value)


def _number(value: Any, unit: str) -> str:
    return "" if value is None else with_sign(typed(value), unit)


def _day(day: date | None) -> str:
    return date_format(day, "j F Y") if day else ""
