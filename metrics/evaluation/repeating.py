"""Which periods are defaults, and why: by their own figure, or by repeated misses of the expected
level alone. ``repeats_of`` is pure, and serves stored figures and figures under proposed levels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from metrics.engine import Consequence, RepetitionRule, Slot, Status, defaults
from metrics.models import ServiceLevel

MINIMUM: Final = "minimum"
CRITICAL: Final = "critical"
NO_DATA: Final = "no_data"
LATE: Final = "late"
REPETITION: Final = "repetition"
_SEVERE = (Consequence.DEFAULT, Consequence.CRITICAL)


@dataclass(frozen=True, slots=True)
class PeriodSlot:
    """A period that has ended, as far as defaults need it.

    ``level_from``: first day of the service level version that judged it, None without one.
    ``consequence``: what its figure alone sets off. ``is_waived``: a waiver takes it out of the
    count.
    """

    first_day: date
    level_from: date | None
    status: str
    consequence: str
    is_final: bool
    is_waived: bool = False


@dataclass(frozen=True, slots=True)
class PeriodDefault:
    """Why a period is a default, and the first days of the periods that make it one."""

    cause: str
    of: tuple[date, ...]


def repeats_of(
    levels: Iterable[ServiceLevel], slots: Iterable[PeriodSlot]
) -> Mapping[date, PeriodDefault]:
    """Every default among the periods of one KPI, by first day.

    A figure that fails its minimum, or is critical, is a default by itself and is not counted.
    Final misses of the expected level alone are counted by the rule of the version that judged
    them; where a version brings another rule, counting begins anew with its first period.

    Raises EngineError for a rule that cannot be read.
    """
    lines = {line.valid_from: line for line in levels}
    ordered = sorted(slots, key=lambda slot: slot.first_day)
    found = {slot.first_day: _own(slot) for slot in ordered if own_cause_of(slot)}
    for rule, run in groupby(ordered, key=lambda slot: rule_of(_line(lines, slot))):
        if rule is not None:
            found |= _repeated(rule, lines, list(run))
    return found


def rule_of(level: ServiceLevel | None) -> RepetitionRule | None:
    """How often ``level`` lets its expected level alone be missed; None where it does not say."""
    if level is None or not level.repetition:
        return None
    return RepetitionRule.parse(level.repetition, level.repetition_after, level.repetition_gap)


def own_cause(status: str, consequence: str) -> str:
    """Why a figure is a default by itself; empty where it is none."""
    if consequence not in _SEVERE:
        return ""
    if status == Status.BELOW_MINIMUM:
        return MINIMUM
    if consequence == Consequence.CRITICAL:
        return CRITICAL
    return NO_DATA if status == Status.NO_DATA else LATE


def own_cause_of(slot: PeriodSlot) -> str:
    return own_cause(slot.status, slot.consequence)


def _own(slot: PeriodSlot) -> PeriodDefault:
    return PeriodDefault(own_cause_of(slot), (slot.first_day,))


def _repeated(
    rule: RepetitionRule, lines: Mapping[date, ServiceLevel], run: Sequence[PeriodSlot]
) -> dict[date, PeriodDefault]:
    """Defaults by repetition among periods under one rule."""
    slots = [Slot(_counted(lines, slot), slot.is_final, slot.is_waived) for slot in run]
    return {
        run[each].first_day: PeriodDefault(REPETITION, tuple(run[at].first_day for at in of))
        for each, of in _repetitions(rule, slots)
    }


def _repetitions(
    rule: RepetitionRule, slots: Sequence[Slot]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(index, indexes of the misses). A waived default stays one, and counts for no later one."""
    yield from ((d.index, d.periods) for d in defaults(rule, slots) if d.cause == REPETITION)
    for index, slot in enumerate(slots):
        if slot.waived and slot.status is Status.BELOW_EXPECTED:
            told = [*slots[:index], Slot(slot.status, slot.final)]
            last = [d for d in defaults(rule, told) if (d.index, d.cause) == (index, REPETITION)]
            yield from ((d.index, d.periods) for d in last)


def _counted(lines: Mapping[date, ServiceLevel], slot: PeriodSlot) -> Status:
    """The verdict that is counted; a state where the slot says nothing."""
    level = _line(lines, slot)
    if level is None or level.kind == ServiceLevel.Kind.REPORTING:
        return Status.NO_TARGET
    if not level.is_enforced(slot.first_day):
        return Status.NO_TARGET
    if slot.consequence in _SEVERE:
        return Status.BELOW_MINIMUM
    if slot.status == Status.NO_ACTIVITY and level.no_activity_is == "met":
        return Status.MET
    return Status(slot.status)


def _line(lines: Mapping[date, ServiceLevel], slot: PeriodSlot) -> ServiceLevel | None:
    return None if slot.level_from is None else lines.get(slot.level_from)
