"""Where a running period is heading, in the words and numbers that people see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from metrics.engine import Heading
from metrics.evaluation.outlooks import JOINED, Basis, Running, outlooks_of
from metrics.models import KpiPeriod, ResultRevision, ServiceLevel
from metrics.scorecards.figures import actual_text, short_text, target_of, target_text
from metrics.selectors.wording import Word, heading_word

_BASES: Final = {
    Basis.SCHEDULE: "The scheduled time of the whole period is known.",
    Basis.KNOWN_DUE: "Taken from the items known to fall due in the period.",
    Basis.PERIOD_BEFORE: "Taken from the volume of the period before.",
    Basis.PACE: "Taken from the volume so far, going on as it did.",
}
_ENDS: Final = {
    Heading.ON_TRACK: "at this pace it ends at {pace}, which is met",
    Heading.AT_RISK: "at this pace it ends at {pace}, a miss",
    Heading.CANNOT_RECOVER: "at best it ends at {best}, a miss",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An outlook as pages show it."""

    word: Word
    lines: Sequence[str]
    short: str


def outlook_shown(running: Running) -> Shown:
    """In words: whole sentences, and as short as a table has room for."""
    word = heading_word(running.outlook.heading)
    short = f"{word.text}: {failures_text(running)}"
    return Shown(word, outlook_lines(running), short)


def outlook_lines(running: Running) -> list[str]:
    """The estimate in full sentences."""
    seen = running.outlook
    word = heading_word(seen.heading)
    ends = _ENDS[seen.heading].format(
        pace=_figure(running, seen.pace), best=_figure(running, seen.best)
    )
    lines = [
        f"{word.text}: {ends} ({_target(running)})",
        failures_text(running),
        _BASES[running.basis],
    ]
    if seen.passed:
        lines.insert(2, f"{_percent(max(seen.passed))} of the failures allowed are used.")
    return lines


def failures_text(running: Running) -> str:
    """Failures left in one sentence; "about" where the volume of the period is an estimate."""
    failures = running.outlook.failures
    about = "" if running.is_exact else "about "
    left = f"{_amount(running, failures.left)} left"
    if failures.left < 0:
        left = f"{_amount(running, -failures.left)} too many"
    allowed = f"{about}{_amount(running, failures.allowed)} allowed"
    return f"{_amount(running, failures.used)} failed of {allowed}: {about}{left}."


def outlook_said(running: Running) -> dict[str, Any]:
    """The estimate for programs: counts in items or, of scheduled time, in seconds."""
    seen, failures = running.outlook, running.outlook.failures
    return {
        "estimate": True,
        "heading": str(seen.heading),
        "heading_text": heading_word(seen.heading).text,
        "allowed": float(failures.allowed),
        "used": float(failures.used),
        "left": float(failures.left),
        "consumed": _finite(failures.consumed),
        "burn": _finite(failures.burn),
        "thresholds_passed": [int(share * 100) for share in seen.passed],
        "pace": float(seen.pace),
        "best": float(seen.best),
        "volume_so_far": float(running.so_far),
        "volume_projected": float(running.projected),
        "basis": str(running.basis),
        "bounded": running.bounded,
        "text": " ".join(outlook_lines(running)),
    }


def outlooks_said(periods: Iterable[int], as_of: datetime) -> dict[int, dict[str, Any]]:
    """The estimates for these periods by their numbers, of those of which something can be said."""
    heads = KpiPeriod.objects.filter(pk__in=list(periods), phase=KpiPeriod.Phase.RUNNING)
    found = outlooks_of(heads.select_related(*JOINED), as_of)
    return {period: outlook_said(running) for period, running in found.items()}


def _finite(number: Fraction | float) -> float | None:
    """None for an infinite one: nothing was allowed and something failed."""
    return float(number) if isinstance(number, Fraction) else None


def _percent(share: Fraction) -> str:
    return f"{int(share * 100)} %"


def _figure(running: Running, value: Fraction) -> str:
    """The value with its unit; one that misses the level never reads as one that meets it."""
    revision, level = _judged(running)
    line = revision.definition
    return actual_text(value, target_of(level), line.unit, line.places)


def _target(running: Running) -> str:
    revision, level = _judged(running)
    return target_text(target_of(level), revision.definition.unit)


def _judged(running: Running) -> tuple[ResultRevision, ServiceLevel]:
    revision = running.head.current
    assert revision is not None  # what has none has no outlook
    assert revision.level is not None
    return revision, revision.level


def _amount(running: Running, amount: Fraction) -> str:
    """A number of failures; of downtime in minutes."""
    if running.basis is Basis.SCHEDULE:
        return f"{short_text(amount / 60)} minutes"
    return short_text(amount)
