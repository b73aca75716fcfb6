"""The header row: all required columns there, none without a name, none twice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..mapping.problems import nearest
from .refusal import Refused

SHOWN = 40


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """What a header must satisfy, and how a person would mend one that does not.

    `where` names the row ("line 1", "row 3 of sheet 'Q1'"); `limit` caps the columns.
    """

    required: Sequence[str]
    where: str
    limit: int
    way_out: str


def read_header(cells: Sequence[str], rule: HeaderRule) -> list[str]:
    """The trimmed column names of a header row; refuses the file with all names seen."""
    if len(cells) > rule.limit:
        message = f"{len(cells)} columns in {rule.where}, more than {rule.limit}"
        raise Refused("columns", message, "check the delimiter, or send one row per value")
    names = [cell.strip() for cell in cells]
    if not any(names):
        message = f"{rule.where} is empty; the column names are expected there"
        raise Refused("header", message, rule.way_out)
    check_required(names, rule)
    _check_names(names, rule)
    return names


def _check_names(names: Sequence[str], rule: HeaderRule) -> None:
    empty = [str(place + 1) for place, name in enumerate(names) if not name]
    if empty:
        listed = ", ".join(empty[:SHOWN])
        message = f"{rule.where} has no name for column {listed}; columns seen: {seen(names)}"
        raise Refused("header", message, rule.way_out)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        message = f"{rule.where} has more than one column named {seen(twice)}"
        raise Refused("header", message, "rename one of them at the source", value=twice[0])


def check_required(names: Sequence[str], rule: HeaderRule) -> None:
    """Refuse names that lack a column the mapping reads."""
    absent = [name for name in rule.required if name not in names]
    if not absent:
        return
    word = "column" if len(absent) == 1 else "columns"
    message = (
        f"required {word} {seen(absent)} not found in {rule.where};"
        f" columns seen: {seen([name for name in names if name])}"
    )
    close = nearest(absent[0], [name for name in names if name], otherwise=" ")
    raise Refused("columns", message, f"{close} {rule.way_out}".strip(), value=absent[0])


def seen(names: Sequence[str]) -> str:
    """Names in quotes, the first SHOWN of them."""
    listed = ", ".join(repr(name[:60]) for name in names[:SHOWN])
    return listed + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
