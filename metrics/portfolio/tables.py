"""A plan and its problems as tables for a terminal."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from metrics.portfolio.plan import Action, Change, FieldChange, Plan
from metrics.portfolio.problems import PROBLEM_KEYS, Problem

_SHOWN_OF_NEW = 4
_LONGEST = 60
_STYLES = {
    Action.CREATE: "green",
    Action.ADD_VERSION: "cyan",
    Action.CHANGE: "yellow",
    Action.ARCHIVE: "red",
}

_DONE = {
    Action.CREATE: "new",
    Action.CHANGE: "changed",
    Action.ADD_VERSION: "new dated lines",
    Action.ARCHIVE: "archived",
}
PLAN_KEYS = ("action", "kind", "code", "field", "old", "new")
_NO_FIELD = FieldChange("", "", "")
__all__ = [
    "PLAN_KEYS",
    "PROBLEM_KEYS",
    "plan_rows",
    "print_plan",
    "problem_lines",
]


def plan_rows(plan: Plan) -> list[dict[str, Any]]:
    """One row for each field that changes; by ``PLAN_KEYS``, for CSV."""
    changed = [
        (change.action.value, change.kind, change.code, *_parts(field))
        for change in plan.effective
        for field in change.fields or (_NO_FIELD,)
    ]
    left = [("not in files", kind, code, *_parts(_NO_FIELD)) for kind, code in plan.not_in_files]
    return [dict(zip(PLAN_KEYS, row, strict=True)) for row in [*changed, *left]]


def _parts(field: FieldChange) -> tuple[str, str, str]:
    return field.field, field.old, field.new


def print_plan(console: Console, plan: Plan) -> None:
    """What changes, grouped by kind of object; one line where nothing does."""
    changes = plan.effective
    if not changes:
        console.print("No changes: the database is what the files state.")
    for kind in dict.fromkeys(change.kind for change in changes):
        console.print(Text(f"\n{kind}", style="bold"))
        console.print(_table([change for change in changes if change.kind == kind]))
    if plan.not_in_files:
        console.print(Text("\nNot in the files, left as they are", style="bold"))
        console.print(_not_in_files(plan))
    if changes:
        console.print(f"\n{_summary(plan)}")


def _table(changes: Iterable[Change]) -> Table:
    table = Table(show_edge=False)
    table.add_column("action", no_wrap=True)
    table.add_column("code", overflow="fold")
    table.add_column("what", overflow="fold")
    for change in changes:
        action = Text(change.action.value, style=_STYLES[change.action])
        table.add_row(action, Text(change.code), Text("\n".join(_fields(change))))
    return table


def _fields(change: Change) -> list[str]:
    if change.action in (Action.CREATE, Action.ADD_VERSION):
        lines = [f"{f.field}: {_cut(f.new or 'nothing')}" for f in change.fields]
        more = len(lines) - _SHOWN_OF_NEW
        return [*lines[:_SHOWN_OF_NEW], *([f"and {more} more"] if more > 0 else [])]
    return [
        f"{f.field}: {_cut(f.old or 'nothing')} → {_cut(f.new or 'nothing')}" for f in change.fields
    ]


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _not_in_files(plan: Plan) -> Table:
    table = Table(show_edge=False)
    table.add_column("kind", no_wrap=True)
    table.add_column("code", overflow="fold")
    for kind, code in plan.not_in_files:
        table.add_row(kind, Text(code))
    return table


def _summary(plan: Plan) -> str:
    counts = plan.count()
    parts = [f"{counts[a]} {word}" for a, word in _DONE.items() if a in counts]
    same = counts.get(Action.UNCHANGED, 0)
    state = "Applied" if plan.applied else "Plan only, nothing was changed"
    return f"{state}: {', '.join(parts)}; {same} unchanged."


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Each problem as ``file:line: where: message`` with its way out on the next line."""
    lines: list[str] = []
    for problem in problems:
        lines.append(str(problem))
        if problem.hint:
            lines.append(f"    → {problem.hint}")
    return lines
