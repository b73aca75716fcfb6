"""A stated service level as the engine has it, and the engine's refusals in the file's words."""

from decimal import Decimal
from fractions import Fraction

from metrics.engine import Band, Level
from metrics.engine.errors import Problem as Refusal
from metrics.portfolio.definitions import Steps
from metrics.portfolio.items import Item
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import KpiShape
from metrics.portfolio.shapes.levels import LevelShape

_KEYS = {"lo/hi": "lower", "lo": "lower", "hi": "upper", "within": "operator", "band": "bands"}


def refusal_problem(item: Item[KpiShape], steps: Steps, refusal: Refusal) -> Problem:
    """What the engine refuses of a service level, in the words of the file."""
    key = _KEYS.get(refusal.where, refusal.where)
    message = f"{refusal.where} {_plain(refusal.value)} {refusal.rule}"
    return item.problem(*steps, key, message=_edges(message), hint=_edges(refusal.way_out))


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return " and ".join(_plain(part) for part in value)
    return "none" if value is None else str(value)


def _edges(text: str) -> str:
    """The engine's names for the edges in the words of the file."""
    words = {"lo/hi": "lower and upper", "lo": "lower", "hi": "upper"}
    return " ".join(words.get(word, word) for word in text.split(" "))


def engine_level_of(level: LevelShape) -> Level:
    """A service level as the engine has it. Raises EngineError for what contradicts itself."""
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
        allow_failures=level.allow_failures,
        interval_decides=level.interval_decides,
        attainment=level.attainment,
        floor=_exact(level.floor),
        critical=_exact(level.critical),
        no_data_is=level.no_data_is,
        no_activity_is=level.no_activity_is,
    )


def _exact(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)
