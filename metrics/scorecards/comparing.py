"""Two cards of one subject side by side: two periods, or what was published and what is now."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from metrics.scorecards.cards import Card, FamilyCard, Figure, Line
from metrics.scorecards.figures import change_text, score_text
from metrics.selectors.wording import BAD, GOOD, QUIET


@dataclass(frozen=True, slots=True)
class Pair:
    """One KPI in both periods. ``change`` is empty where ``obstacle`` says why there is none;
    ``tone``: good | bad | quiet, by what is better for this KPI. ``note``: what else differs."""

    kpi: str
    name: str
    contract: str
    then: Line | None
    now: Line | None
    change: str
    tone: str
    obstacle: str
    note: str


@dataclass(frozen=True, slots=True)
class FamilyPair:
    """One family in both periods; ``moved`` is the change of its score, None where one lacks."""

    family: str
    then: FamilyCard
    now: FamilyCard
    pairs: tuple[Pair, ...]

    @property
    def moved(self) -> Fraction | None:
        if self.then.score is None or self.now.score is None:
            return None
        return self.now.score - self.then.score


@dataclass(frozen=True, slots=True)
class Change:
    """Something that reads differently today than when it was published."""

    where: str
    what: str
    frozen: str
    today: str


def side_by_side(then: Card, now: Card) -> tuple[FamilyPair, ...]:
    """Both cards, family by family; families are never mixed."""
    return tuple(
        FamilyPair(after.family, before, after, _pairs(before, after))
        for before, after in zip(then.families, now.families, strict=True)
    )


def changes_since(frozen: Card, today: Card) -> tuple[Change, ...]:
    """What reads differently today, in the order of the card; trend and freshness aside."""
    return tuple(_changes(frozen, today))


def _pairs(before: FamilyCard, after: FamilyCard) -> tuple[Pair, ...]:
    then = {line.kpi: line for line in before.lines}
    now = {line.kpi: line for line in after.lines}
    return tuple(_pair(then.get(kpi), now.get(kpi)) for kpi in dict.fromkeys([*now, *then]))


def _pair(then: Line | None, now: Line | None) -> Pair:
    line = now or then
    assert line is not None  # a KPI is on one of the two cards at least
    obstacle = _obstacle(then, now)
    change, tone = ("", QUIET) if obstacle else _moved(then, now)
    note = _note(then, now)
    return Pair(line.kpi, line.name, line.contract, then, now, change, tone, obstacle, note)


def _obstacle(then: Line | None, now: Line | None) -> str:
    """Why two figures cannot be subtracted from each other; empty where they can."""
    sides = {"then": then, "now": now}
    for when, line in sides.items():
        if line is None:
            return f"not on the card {when}"
        if line.figure is None or line.figure.exact is None:
            return f"no figure {when}"
        if len(line.figures) > 1:
            return "several periods in one: compare months"
    return _different(_figure(then), _figure(now))


def _different(then: Figure, now: Figure) -> str:
    if then.measure != now.measure:
        return f"measured differently: {then.measure or 'unknown'} then, {now.measure} now"
    if then.unit != now.unit:
        return f"other unit: {then.unit} then, {now.unit} now"
    return ""


def _moved(then: Line | None, now: Line | None) -> tuple[str, str]:
    before, after = _figure(then), _figure(now)
    if before.exact is None or after.exact is None:
        return "", QUIET
    difference = after.exact - before.exact
    better = {"higher": difference > 0, "lower": difference < 0}.get(now.direction if now else "")
    tone = QUIET if better is None or not difference else GOOD if better else BAD
    return change_text(after.exact, before.exact, after.unit, after.places), tone


def _note(then: Line | None, now: Line | None) -> str:
    if not (then and now and then.figure and now.figure):
        return ""
    if then.figure.target == now.figure.target:
        return ""
    return f"service level was {then.figure.target or 'none'}, is {now.figure.target or 'none'}"


def _figure(line: Line | None) -> Figure:
    assert line is not None
    assert line.figure is not None
    return line.figure


def _changes(frozen: Card, today: Card) -> Iterator[Change]:
    for before, after in zip(frozen.families, today.families, strict=True):
        if before.score != after.score:
            scores = score_text(before.score), score_text(after.score)
            yield Change(before.family, "score", *scores)
        for pair in _pairs(before, after):
            yield from _of_pair(pair)


def _of_pair(pair: Pair) -> Iterator[Change]:
    then = {figure.period_id: figure for figure in pair.then.figures} if pair.then else {}
    now = {figure.period_id: figure for figure in pair.now.figures} if pair.now else {}
    for period in dict.fromkeys([*then, *now]):
        before, after = then.get(period), now.get(period)
        label = (after or before).label  # type: ignore[union-attr]  # one of the two is there
        for what in ("figure", "status", "service level", "late rows"):
            told = _said(before, what), _said(after, what)
            if told[0] != told[1]:
                yield Change(f"{pair.name}, {label}", what, *told)


def _said(figure: Figure | None, what: str) -> str:
    if figure is None:
        return "not on the card"
    if what == "figure":
        return figure.actual
    if what == "status":
        return f"{figure.word.text}, {figure.phase_word.text.lower()}"
    if what == "service level":
        return figure.target or "none"
    return "yes" if figure.has_late_rows else "no"
