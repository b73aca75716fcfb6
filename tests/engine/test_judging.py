"""Comparison, bands, shortfall and consequence of a value under a level."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from metrics.engine import (
    Band,
    Consequence,
    EngineError,
    Level,
    Status,
    band_of,
    compared,
    consequence_of,
    shortfall,
    verdict,
)

from .making import level, number

MET, EXPECTED, MINIMUM = Status.MET, Status.BELOW_EXPECTED, Status.BELOW_MINIMUM
VERDICTS: tuple[tuple[Level, dict[str, Status]], ...] = (
    (level(">=", 95), {"95": MET, "94.9999": MINIMUM}),
    (level(">", 95), {"95": MINIMUM, "95.0001": MET}),
    (level("<=", 5), {"5": MET, "5.0001": MINIMUM}),
    (level("<", 5), {"5": MINIMUM, "4.9999": MET}),
    (level(">=", 95, minimum=90), {"95": MET, "94": EXPECTED, "90": EXPECTED, "89.9": MINIMUM}),
    (level("<", 5, minimum=8), {"5": EXPECTED, "7.9": EXPECTED, "8": MINIMUM}),
    (level(">=", minimum=90), {"90": MET, "89": MINIMUM}),
    (level("within", lo=-5, hi=5), {"-5": MET, "5": MET, "5.1": MINIMUM, "-5.1": MINIMUM}),
    (level(">="), {"1": Status.NO_TARGET}),
)


@pytest.mark.parametrize(("under", "wanted"), VERDICTS)
def test_a_value_gets_its_verdict(under: Level, wanted: dict[str, Status]) -> None:
    assert {value: verdict(number(value), under) for value in wanted} == wanted


def test_thirds_are_compared_exactly() -> None:
    under = Level(">=", Fraction(200, 3))
    assert verdict(Fraction(2, 3) * 100, under) is MET
    assert verdict(number("66.6666666666666666666"), under) is MINIMUM


@pytest.mark.parametrize(
    ("rounding", "value", "wanted"),
    [
        ("half_up", "97.95", "98"),
        ("half_up", "-0.05", "-0.1"),
        ("truncate", "97.99", "97.9"),
        ("truncate", "-0.09", "0"),
    ],
)
def test_only_the_clause_rounds_before_comparing(rounding: str, value: str, wanted: str) -> None:
    under = level(">=", 98, compare_places=1, compare_rounding=rounding)
    assert compared(number(value), under) == number(wanted)
    assert compared(number(value), level(">=", 98)) == number(value)


def higher(operator: str = ">=") -> Level:
    bands = (
        Band("good", number(99), None),
        Band("minor", number(98), number(99)),
        Band("major", None, number(98)),
    )
    return level(operator, 99, bands=bands)


def lower(operator: str = "<=") -> Level:
    bands = (Band("good", None, number("0.5")), Band("minor", number("0.5"), number(1)))
    return level(operator, "0.5", bands=bands)


BANDS = (
    (higher(">="), {"99": "good", "98.9": "minor", "98": "minor", "97.9": "major"}),
    (higher(">"), {"99": "minor", "99.01": "good", "98": "minor"}),
    (lower("<="), {"0.5": "good", "0.51": "minor", "1": "minor", "1.01": None}),
    (lower("<"), {"0.5": "minor", "0.49": "good"}),
)


@pytest.mark.parametrize(("under", "wanted"), BANDS)
def test_a_band_holds_its_worse_edge(under: Level, wanted: dict[str, str | None]) -> None:
    found = {value: band_of(number(value), under) for value in wanted}
    assert {value: band and band.name for value, band in found.items()} == wanted


@pytest.mark.parametrize(
    ("under", "value", "wanted"),
    [
        (level(">=", 95), "93.5", "1.5"),
        (level(">=", 95), "97", "0"),
        (level("<=", 5), "7", "2"),
        (level("<", 5), "5", "0"),
        (level("within", lo=-5, hi=5), "-6", "1"),
        (level("within", lo=-5, hi=5), "0", "0"),
        (level(">=", 98, compare_places=1), "97.95", "0"),
    ],
)
def test_shortfall_is_never_negative(under: Level, value: str, wanted: str) -> None:
    assert shortfall(number(value), under) == number(wanted)


def test_without_a_level_nothing_is_short() -> None:
    assert shortfall(number(1), level(">=")) is None


NONE, COUNTED = Consequence.NONE, Consequence.COUNTED
DEFAULT, CRITICAL = Consequence.DEFAULT, Consequence.CRITICAL
CONSEQUENCES: tuple[tuple[dict[str, Any], Status, str | None, Consequence], ...] = (
    ({}, MET, "99", NONE),
    ({}, EXPECTED, "92", COUNTED),
    ({}, MINIMUM, "85", DEFAULT),
    ({"critical": 80}, MINIMUM, "80", DEFAULT),
    ({"critical": 80}, MINIMUM, "79.9", CRITICAL),
    ({"kind": "key"}, MINIMUM, "85", DEFAULT),
    ({"kind": "reporting"}, MINIMUM, "85", NONE),
    ({"enforced": False}, MINIMUM, "85", NONE),
    ({}, Status.NO_DATA, None, NONE),
    ({"no_data_is": "breached"}, Status.NO_DATA, None, DEFAULT),
    ({"no_data_is": "breached", "kind": "reporting"}, Status.NO_DATA, None, NONE),
    ({"no_data_is": "breached"}, Status.NO_ACTIVITY, None, NONE),
    ({}, Status.INSUFFICIENT_VOLUME, "85", NONE),
)


@pytest.mark.parametrize(("clause", "status", "value", "wanted"), CONSEQUENCES)
def test_a_status_has_its_consequence(
    clause: dict[str, Any], status: Status, value: str | None, wanted: Consequence
) -> None:
    under = level(">=", 95, minimum=90, **clause)
    exact = None if value is None else number(value)
    assert consequence_of(status, exact, under) is wanted
    assert consequence_of(status, exact, None) is NONE


def test_a_level_names_all_its_contradictions_at_once() -> None:
    with pytest.raises(EngineError) as refused:
        Level(
            "=>",
            number(95),
            kind="crucial",
            compare_places=-1,
            weight=number(-1),
            allow_failures=-1,
            min_coverage=number(2),
        )
    said = str(refused.value)
    for part in ("'=>'", "'crucial'", "compare_places", "weight", "allow_failures", "min_coverage"):
        assert part in said
    assert len(refused.value.problems) == 6


BAD_LEVELS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("a minimum above expected", {"minimum": 96}, "move it to the worse side"),
    ("a critical threshold above it", {"critical": 96}, "move it to the worse side"),
    ("a floor at expected", {"floor": 95}, "equals the expected level"),
    ("edges without within", {"lo": 1}, "belong to `within`"),
    ("carried volume", {"min_volume_policy": "carry_into_next"}, "carry_into_next.*not built"),
    (
        "a hole",
        {"bands": (Band("a", number(95), None), Band("b", None, number(94)))},
        "leaves a hole",
    ),
    (
        "an overlap",
        {"bands": (Band("a", number(95), None), Band("b", None, number(96)))},
        "overlaps",
    ),
    (
        "worst first",
        {"bands": (Band("b", None, number(95)), Band("a", number(95), None))},
        "must be open",
    ),
    ("an empty band", {"bands": (Band("a", number(95), number(95)),)}, "holds nothing"),
    (
        "a name twice",
        {"bands": (Band("a", number(95), None), Band("a", None, number(95)))},
        "named twice",
    ),
    (
        "bands without attainment",
        {"bands": (Band("a", None, None),), "attainment": "bands"},
        "give each band one",
    ),
)


@pytest.mark.parametrize(
    ("clause", "says"), [b[1:] for b in BAD_LEVELS], ids=[b[0] for b in BAD_LEVELS]
)
def test_a_clause_that_contradicts_itself_is_refused(clause: dict[str, Any], says: str) -> None:
    assert level(">=", 95).target == 95, "the same clause without the contradiction is accepted"
    with pytest.raises(EngineError, match=says):
        level(">=", 95, **clause)


@pytest.mark.parametrize(
    "clause",
    [
        {"hi": 5},
        {"lo": 6, "hi": 5},
        {"lo": 1, "hi": 5, "minimum": 3},
        {"lo": 1, "hi": 5, "attainment": "linear"},
    ],
)
def test_within_needs_two_edges_and_nothing_else(clause: dict[str, Any]) -> None:
    assert level("within", lo=1, hi=5).has_target
    with pytest.raises(EngineError, match="within"):
        level("within", **clause)
