"""The definition sheet of a KPI: one page that both sides can sign, as it held on a day."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any

from django.utils.formats import date_format

from contracts.selectors.scope import Scope
from metrics.engine import EngineError
from metrics.engine.measures import compiled
from metrics.models import Feed, FeedMapping, Kpi, KpiDefinition, ResultRevision, ServiceLevel
from metrics.models.timelines import in_force
from metrics.scorecards.describing import (
    Fact,
    agreed_in,
    definition_facts,
    level_facts,
    level_sentence,
)
from metrics.scorecards.figures import Target, actual_text, target_of
from metrics.selectors import scope as scoped
from metrics.selectors.wording import family_word, in_words, judged_word
from metrics.selectors.wording_terms import ROLES, TIMES

_NO_ROLES = frozenset({"kpi", "codes", "when", "if_missing"})
_WORDING = "Clause as signed"


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A version of the service level; ``holds``: it is the one in force on the sheet's day."""

    since: date
    text: str
    kind: str
    agreed: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A feed that delivers the KPI, and what its columns mean for it."""

    feed: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """The last figure that was final on the sheet's day, worked out."""

    period: str
    figure: str
    verdict: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on the page. ``on``: the day as of which it holds."""

    kpi: Kpi
    on: date
    vendor: str
    promise: tuple[Fact, ...]
    wording: str
    formula: str
    measured: tuple[Fact, ...]
    judged: tuple[Fact, ...]
    levels: tuple[LevelLine, ...]
    sources: tuple[Source, ...]
    example: Example | None

    @property
    def parties(self) -> tuple[str, str]:
        """Who signs."""
        return "For the client", f"For {self.vendor}" if self.vendor else "For the team"


def sheet_of(kpi: Kpi, *, on: date, scope: Scope) -> Sheet | None:
    """The sheet of ``kpi`` as it held on ``on``; None before anything was agreed.

    What was agreed, delivered or computed after that day is not on it, so that the sheet of a
    former day comes out as it was.
    """
    definition = in_force(_definitions(kpi), on)
    if definition is None:
        return None
    levels = [line for line in _levels(kpi) if line.valid_from <= on]
    level = in_force(levels, on)
    stated = level.wording if level and level.wording else kpi.wording
    return Sheet(
        kpi=kpi,
        on=on,
        vendor=_vendor(kpi),
        promise=tuple(_promise(kpi, definition, level)),
        wording=stated,
        formula=_formula(definition),
        measured=tuple(_measured(kpi, definition)),
        judged=tuple(_judged(level, definition)),
        levels=tuple(_level_line(line, definition.unit, line is level) for line in levels),
        sources=tuple(_sources(kpi, on, scope)),
        example=_example(kpi, on),
    )


def _definitions(kpi: Kpi) -> Iterable[KpiDefinition]:
    return kpi.definitions.select_related("amendment", "calendar").order_by("valid_from")


def _levels(kpi: Kpi) -> Iterable[ServiceLevel]:
    return kpi.levels.select_related("amendment").order_by("valid_from")


def _vendor(kpi: Kpi) -> str:
    contract = kpi.governing_contract
    return contract.vendor.name if contract else ""


def _promise(kpi: Kpi, definition: KpiDefinition, level: ServiceLevel | None) -> Iterator[Fact]:
    contract = kpi.governing_contract
    yield Fact("KPI", f"{kpi.name} ({kpi.code})")
    if contract:
        yield Fact("Contract", f"{contract.reference}: {contract.title}")
        yield Fact("Vendor", contract.vendor.name)
    if kpi.process:
        yield Fact("Process", kpi.process.name)
    word = family_word(kpi.family)
    yield Fact("Family", f"{word.text}: {word.meaning}")
    yield Fact("Which is better", kpi.get_direction_display())
    clause = (level.clause if level else "") or kpi.clause
    if clause:
        yield Fact("Clause", clause)
    yield Fact("Measured", _days(kpi))


def _days(kpi: Kpi) -> str:
    since = f"from {_day(kpi.first_day)}"
    return f"{since} to {_day(kpi.last_day)}" if kpi.last_day else f"{since} on"


def _measured(kpi: Kpi, definition: KpiDefinition) -> Iterator[Fact]:
    yield from definition_facts(definition)
    time_words = TIMES.get(kpi.time_field, kpi.time_field)
    yield Fact("A row belongs to the period", time_words[:1].lower() + time_words[1:])
    yield Fact("Way of measuring since", f"{_day(definition.valid_from)}, {agreed_in(definition)}")


def _judged(level: ServiceLevel | None, definition: KpiDefinition) -> Iterator[Fact]:
    if level is None:
        return
    facts = level_facts(level, definition.unit)
    yield from (fact for fact in facts if fact.name not in (_WORDING, "Clause"))
    yield Fact("In force since", f"{_day(level.valid_from)}, {agreed_in(level)}")


def _level_line(line: ServiceLevel, unit: str, holds: bool) -> LevelLine:
    return LevelLine(
        line.valid_from, level_sentence(line, unit), line.get_kind_display(), agreed_in(line), holds
    )


def _formula(definition: KpiDefinition) -> str:
    try:
        made = compiled(
            definition.measure,
            definition.parameters,
            definition.unit,
            definition.calendar_id is not None,
        )
    except EngineError:
        return ""
    return made.formula


def _sources(kpi: Kpi, on: date, scope: Scope) -> Iterator[Source]:
    links = scoped.feed_kpis(scope).filter(kpi=kpi).select_related("feed").order_by("feed__code")
    feeds = [link.feed for link in links]
    bodies = _mappings(feeds, on)
    for feed in feeds:
        targets = bodies.get(feed.pk, {}).get("targets") or []
        roles = [_roles(target) for target in targets if _reaches(target, kpi.code)]
        yield Source(f"{feed.name} ({feed.code})", tuple(roles))


def _mappings(feeds: Iterable[Feed], on: date) -> dict[int, Mapping[str, Any]]:
    """The mapping that was in force at the end of the day, by feed id."""
    known = FeedMapping.objects.filter(feed__in=feeds, created_at__lt=_end_of(on))
    return {line.feed_id: line.body for line in known.order_by("feed_id", "version")}


def _reaches(target: Any, code: str) -> bool:
    """Whether a target names the KPI, itself or by a pattern such as ``{team}-late``."""
    parts = re.split(r"\{[^{}]*\}", str(target.get("kpi", "")))
    return re.fullmatch(".+".join(map(re.escape, parts)), code) is not None


def _roles(target: Mapping[str, Any]) -> str:
    told = [f"{ROLES.get(k, k)} = {v}" for k, v in target.items() if k not in _NO_ROLES]
    if target.get("when"):
        told.append(f"where {target['when']}")
    return ", ".join(told) or "each row counts one"


def _example(kpi: Kpi, on: date) -> Example | None:
    end = _end_of(on)
    known = ResultRevision.objects.filter(
        period__kpi=kpi, period__final_at__lte=end, computed_at__lte=end
    )
    joined = known.exclude(value="").select_related("period", "definition", "level")
    found = joined.order_by("-period__starts_at", "-number").first()
    return _worked(found) if found else None


def _worked(revision: ResultRevision) -> Example:
    definition, level = revision.definition, revision.level
    target = target_of(level) if level else Target("", None, None, None, None)
    steps = [revision.body.get("formula", ""), *revision.body.get("steps", [])]
    return Example(
        period=revision.period.label,
        figure=actual_text(Fraction(revision.value), target, definition.unit, definition.places),
        verdict=judged_word(revision.status, level).text,
        steps=tuple(dict.fromkeys(in_words(step, level) for step in steps if step)),
    )


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)  # the day after the last one does not exist


def _day(day: date) -> str:
    return date_format(day, "j F Y")
