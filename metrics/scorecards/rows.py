"""Results and breach cases as flat rows: what commands print and pages tabulate."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kpotracker.toolkit.charts import Point
from metrics.models import BreachCase, Kpi, KpiPeriod, ResultRevision
from metrics.scorecards.figures import (
    Target,
    actual_text,
    delta_text,
    lowest,
    minimum_text,
    target_of,
    target_text,
)
from metrics.selectors.wording import case_word, phase_word, severity_word, status_word

RESULT_KEYS = (
    "vendor",
    "contract",
    "kpi",
    "family",
    "period",
    "first_day",
    "last_day",
    "status",
    "phase",
    "value",
    "unit",
    "value_text",
    "target_text",
    "delta_text",
    "attainment",
    "consequence",
    "is_breach",
    "revision",
    "rows",
)
BREACH_KEYS = ("case", "state", "severity", "opened_at", *RESULT_KEYS)


def result_row(head: KpiPeriod) -> dict[str, Any]:
    """The result in force: ``RESULT_KEYS`` for programs, and ``status_text``, ``phase_text``,
    ``word`` and ``tone`` for people. ``value`` is None where nothing was measured.
    """
    return revision_row(head, head.current)


def revision_row(head: KpiPeriod, revision: ResultRevision | None) -> dict[str, Any]:
    """Like ``result_row``, for any revision of ``head``."""
    target = _target(revision)
    status = revision.status if revision else head.status
    word = status_word(status, two_levels=target.has_two_levels)
    return {
        **_owner(head.kpi),
        "kpi": head.kpi.code,
        "name": head.kpi.name,
        "family": head.kpi.family,
        "period": head.label,
        "first_day": head.first_day,
        "last_day": head.last_day,
        "status": status,
        "status_text": f"{word.icon} {word.text}",
        "word": word,
        "tone": word.tone,
        "phase": head.phase,
        "phase_text": phase_word(head.phase).text,
        **_numbers(revision, target),
        "consequence": revision.consequence if revision else "none",
        "is_breach": revision.is_breach if revision else head.is_breach,
        "revision": revision.number if revision else None,
        "rows": revision.rows if revision else 0,
        "has_late_rows": head.has_late_rows,
        "record": revision,
    }


def point_of_row(row: Mapping[str, Any]) -> Point:
    """A result row's place on a chart."""
    low, high = row["accepts"]
    marked = row["period"], row["value"], row["value_text"], row["tone"]
    return Point(*marked, low, high, row["minimum"])


def breach_row(case: BreachCase) -> dict[str, Any]:
    """One breach case with its figure: ``BREACH_KEYS`` and the texts of ``result_row``."""
    state, severity = case_word(case.state), severity_word(case.severity)
    return {
        **result_row(case.period),
        "case": case.pk,
        "state": case.state,
        "state_text": state.text,
        "state_word": state,
        "state_tone": state.tone,
        "severity": case.severity,
        "severity_word": severity,
        "severity_tone": severity.tone,
        "opened_at": case.opened_at,
    }


def _target(revision: ResultRevision | None) -> Target:
    """The level a revision was judged by; an empty one where there was none."""
    level = revision.level if revision else None
    return target_of(level) if level else Target("", None, None, None, None)


def _owner(kpi: Kpi) -> Mapping[str, Any]:
    contract = kpi.governing_contract
    return {
        "vendor": contract.vendor.code if contract else "",
        "vendor_name": contract.vendor.name if contract else "",
        "contract": contract.reference if contract else "",
    }


def _numbers(revision: ResultRevision | None, target: Target) -> Mapping[str, Any]:
    unit = revision.definition.unit if revision else ""
    places = revision.definition.places if revision else 2
    value = Fraction(revision.value) if revision and revision.value else None
    return {
        "value": None if value is None else float(value),
        "unit": unit,
        "value_text": actual_text(value, target, unit, places),
        "target_text": target_text(target, unit),
        "minimum_text": minimum_text(target, unit),
        "minimum": lowest(target),
        "delta_text": delta_text(value, target, unit, places),
        "accepts": tuple(None if edge is None else float(edge) for edge in target.edges),
        "attainment": Fraction(revision.attainment) if revision and revision.attainment else None,
    }
