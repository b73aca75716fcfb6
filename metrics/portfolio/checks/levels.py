"""Service levels that contradict themselves, their KPI or their contract."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from metrics.engine import Band, EngineError, Level
from metrics.portfolio.checks.kpis import amendment_problems
from metrics.portfolio.definitions import Steps, definitions_of, levels_of
from metrics.portfolio.items import Item
from metrics.portfolio.known import Known, Terms
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import KpiShape
from metrics.portfolio.shapes.kpis import LevelShape

_OPERATORS = {"higher": (">=", ">"), "lower": ("<=", "<"), "within": ("within",)}
_SHARES = frozenset({"ratio", "share_within", "availability"})
_GOOD_SHARES = _SHARES | {"forecast_accuracy"}
_KEYS = {"lo/hi": "lower", "within": "operator", "band": "bands"}
_NUMBERS = ("expected", "minimum", "critical", "floor")


def level_problems(item: Item[KpiShape], known: Known) -> Iterator[Problem]:
    """What is wrong with a KPI's service levels, each taken alone and all together."""
    terms = known.terms(item.shape.contract)
    can_tell_amendments = item.shape.contract is None or terms is not None
    seen: dict[object, Steps] = {}
    for steps, level in levels_of(item.shape):
        if seen.setdefault(level.valid_from, steps) != steps:
            message = f"two service levels begin on {level.valid_from}"
            hint = "state each service level with a day of its own"
            yield item.problem(*steps, "valid_from", message=message, hint=hint)
        yield from _level(item, steps, level)
        if can_tell_amendments:
            yield from amendment_problems(item, steps, level.valid_from, level.amendment, terms)
    yield from _units(item, terms)


def _level(item: Item[KpiShape], steps: Steps, level: LevelShape) -> Iterator[Problem]:
    direction = item.shape.direction
    if level.operator not in _OPERATORS[direction]:
        message = f"operator {level.operator} does not fit direction '{direction}'"
        hint = f"write {' or '.join(_OPERATORS[direction])}, or change the direction"
        yield item.problem(*steps, "operator", message=message, hint=hint)
    missing = list(_missing(level))
    for key in missing:
        message = f"'{key}' is missing"
        hint = f"operator {level.operator} needs `{key}: ...`"
        yield item.problem(*steps, message=message, hint=hint)
    stray = list(_stray(level))
    for key in stray:
        message = f"'{key}' belongs to operator within"
        yield item.problem(*steps, key, message=message, hint="state `expected`, or change it")
    yield from _needless(item, steps, level)
    yield from _bounds(item, steps, level)
    yield from _tiny(item, steps, level)
    if not missing and not stray:
        yield from _engine(item, steps, level)


def _missing(level: LevelShape) -> Iterator[str]:
    keys = ("lower", "upper") if level.operator == "within" else ("expected",)
    return (key for key in keys if getattr(level, key) is None)


def _stray(level: LevelShape) -> Iterator[str]:
    edges = () if level.operator == "within" else ("lower", "upper")
    return (key for key in edges if getattr(level, key) is not None)


def _needless(item: Item[KpiShape], steps: Steps, level: LevelShape) -> Iterator[Problem]:
    if level.operator != "within" and level.minimum is not None and level.minimum == level.expected:
        message = f"minimum {level.minimum} equals the expected level"
        hint = "leave the minimum out, or state a worse one"
        yield item.problem(*steps, "minimum", message=message, hint=hint)
    if level.attainment == "linear" and level.minimum is None and level.floor is None:
        message = "attainment linear has nowhere to end"
        hint = "state a floor or a minimum, or use met_or_not"
        yield item.problem(*steps, "attainment", message=message, hint=hint)
    if level.min_volume is None and level.min_volume_policy != "insufficient":
        message = "min_volume_policy stands without min_volume"
        hint = "add `min_volume: ...`, or leave the policy out"
        yield item.problem(*steps, "min_volume_policy", message=message, hint=hint)


def _bounds(item: Item[KpiShape], steps: Steps, level: LevelShape) -> Iterator[Problem]:
    """A share lies between nothing and the whole: 995 percent is a slip of the pen."""
    if item.shape.measure not in _SHARES or item.shape.definitions:
        return
    whole = {"percent": 100, "ratio": 1}.get(item.shape.unit)
    for key in (*_NUMBERS, "lower", "upper"):
        number = getattr(level, key)
        if whole and number is not None and not 0 <= number <= whole:
            message = f"{key} {number} is out of range for a share in {item.shape.unit}"
            hint = f"state a number from 0 to {whole}"
            yield item.problem(*steps, key, message=message, hint=hint)


def _tiny(item: Item[KpiShape], steps: Steps, level: LevelShape) -> Iterator[Problem]:
    """``>= 0.95`` percent is met by almost anything: a share was meant."""
    number = level.expected
    is_floor = level.operator in _OPERATORS["higher"] and item.shape.unit == "percent"
    if item.shape.measure not in _GOOD_SHARES or not is_floor or number is None:
        return
    if 0 < number < 1 and not item.shape.definitions:
        message = f"expected {number} is less than one percent"
        hint = f"percent KPIs state {(number * 100).normalize():f}; or choose unit ratio"
        yield item.problem(*steps, "expected", message=message, hint=hint)


def _engine(item: Item[KpiShape], steps: Steps, level: LevelShape) -> Iterator[Problem]:
    try:
        _as_engine_level(level)
    except EngineError as error:
        for problem in error.problems:
            key = _KEYS.get(problem.where, problem.where)
            message = f"{problem.where} {_plain(problem.value)} {problem.rule}"
            hint = problem.way_out
            yield item.problem(*steps, key, message=_edges(message), hint=_edges(hint))


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return " and ".join(_plain(part) for part in value)
    return "none" if value is None else str(value)


def _edges(text: str) -> str:
    """The engine's names for the edges in the words of the file."""
    words = {"lo/hi": "lower and upper", "lo": "lower", "hi": "upper"}
    return " ".join(words.get(word, word) for word in text.split(" "))


def _as_engine_level(level: LevelShape) -> Level:
    return Level(
        operator=level.operator,
        expected=_exact(level.expected),
        minimum=_exact(level.minimum),
        lo=_exact(level.lower),
        hi=_exact(level.upper),
        bands=tuple(
            Band(b.name, _exact(b.lower), _exact(b.upper), _exact(b.attainment), b.severity)
            for b in level.bands
        ),
        compare_places=level.compare_places,
        compare_rounding=level.compare_rounding,
        weight=Fraction(level.weight),
        kind=level.kind,
        min_volume=_exact(level.min_volume),
        min_volume_policy=level.min_volume_policy,
        attainment=level.attainment,
        floor=_exact(level.floor),
        critical=_exact(level.critical),
        no_data_is=level.no_data_is,
        no_activity_is=level.no_activity_is,
    )


def _exact(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def _units(item: Item[KpiShape], terms: Terms | None) -> Iterator[Problem]:
    """Levels are in the KPI's unit, so a new unit needs a new level from the same day."""
    lines = definitions_of(item.shape, terms)
    begins = {level.valid_from for _, level in levels_of(item.shape)}
    for before, line in pairwise(lines):
        stated_before = any(day < line.valid_from for day in begins)
        if line.unit != before.unit and stated_before and line.valid_from not in begins:
            message = f"the unit becomes {line.unit}, the service level stays in {before.unit}"
            hint = f"add a service level with valid_from {line.valid_from}"
            yield item.problem(*line.steps, "unit", message=message, hint=hint)
