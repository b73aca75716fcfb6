"""What a table would do: each row created, changed or unchanged, and every fault with its line."""

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model

from contracts.models.managed import Managed, ManagedBy
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from kpotracker.toolkit.fields import plain_decimal
from metrics.feeds.mapping.problems import nearest
from metrics.portfolio.importing.cells import Known, WrongCellError
from metrics.portfolio.importing.kinds import Column, Kind, Values
from metrics.portfolio.importing.plan import CHANGE, CREATE, SAME, Fault, Plan, Planned
from metrics.portfolio.importing.reading import Table

_SHOWN = 80


def plan_table(kind: Kind, table: Table, *, scope: Scope, days: str) -> Plan:
    """Compare every row with what there is, in a fixed number of queries; nothing is written."""
    plan = Plan(kind, table.names)
    if table.refused:
        refused = table.refused
        plan.faults.append(
            Fault(refused.line or 0, "", refused.value, refused.message, refused.hint)
        )
        return plan
    columns = _columns(plan, table.names)
    if plan.faults:
        return plan
    for row in table.unusable:
        plan.faults.append(Fault(row.line, row.column, row.value[:_SHOWN], row.message, row.hint))
    _Rows(plan, columns, scope, days).take(table)
    plan.faults.sort(key=lambda fault: fault.line)
    return plan


def _columns(plan: Plan, names: Sequence[str]) -> dict[int, Column]:
    """The place of each column of the kind; unknown and missing ones are faults of the file."""
    found: dict[int, Column] = {}
    known = [column.heading for column in plan.kind.columns]
    for place, name in enumerate(names):
        column = plan.kind.column_of(name)
        if column is None:
            plan.faults.append(Fault(0, name, "", "is no column here", nearest(name, known)))
        elif column in found.values():
            plan.faults.append(Fault(0, name, "", "stands twice", "leave one of them out"))
        else:
            found[place] = column
    for column in plan.kind.columns:
        if column.required and column not in found.values():
            hint = "add the column; the template has it"
            plan.faults.append(Fault(0, column.heading, "", "is missing", hint))
    return found


class _Rows:
    """One pass over the rows, with what they may mean and refer to."""

    def __init__(self, plan: Plan, columns: dict[int, Column], scope: Scope, days: str) -> None:
        self.plan, self.kind, self.columns = plan, plan.kind, columns
        needed = {column.field for column in columns.values()}
        self.known = _known(needed, scope, days)
        self.existing = {self._key_of(record): record for record in self.kind.existing(scope)}
        self.seen: dict[tuple[Any, ...], int] = {}

    def take(self, table: Table) -> None:
        for line, cells in table.rows:
            self.plan.cells[line] = cells
            values = self._values(line, cells)
            if values is not None:
                self._take(line, values)

    def _values(self, line: int, cells: Sequence[str]) -> Values | None:
        """The row's values by field; None once a cell is wrong."""
        values: Values = {}
        before = len(self.plan.faults)
        for place, column in self.columns.items():
            cell = cells[place].strip()
            try:
                if column.required and not cell:
                    raise WrongCellError("is empty", f"state it: {column.help}")
                values[column.field] = column.read(cell, self.known)
            except WrongCellError as error:
                self._fault(line, column.heading, cell, error.rule, error.hint)
        return None if len(self.plan.faults) > before else values

    def _take(self, line: int, values: Values) -> None:
        key = tuple(_identity(values.get(name)) for name in self.kind.identity)
        existing = self.existing.get(key)
        if self._stands_twice(line, key, values) or self._breaks_a_rule(line, existing, values):
            return
        finished = self._finished(line, values)
        if finished is None:
            return
        if existing is None:
            self._create(line, finished)
        elif not self._refuses(line, existing, finished):
            self._compare(line, existing, finished)

    def _stands_twice(self, line: int, key: tuple[Any, ...], values: Values) -> bool:
        first = self.seen.setdefault(key, line)
        if first == line:
            return False
        name = self.kind.identity[-1]
        hint = f"leave it out: row {first} states it"
        self._fault(line, self.kind.heading_of(name), _told(values[name]), "stands twice", hint)
        return True

    def _breaks_a_rule(self, line: int, existing: Any, values: Values) -> bool:
        """What a row says, together with what it leaves as it is."""
        kept = {c.field: getattr(existing, c.field, None) for c in self.kind.columns if existing}
        faults = list(self.kind.check(kept | values))
        for name, rule, hint in faults:
            told = _told((kept | values).get(name))
            self._fault(line, self.kind.heading_of(name), told, rule, hint)
        return bool(faults)

    def _finished(self, line: int, values: Values) -> Values | None:
        try:
            return self.kind.finish(values)
        except WrongCellError as error:
            heading, told = self.kind.heading_of("amount"), _told(values.get("amount"))
            self._fault(line, heading, told, error.rule, error.hint)
            return None

    def _create(self, line: int, values: Values) -> None:
        record = self.kind.model(**values)
        if not self._is_of_files(line, record) and self._is_clean(line, record):
            self.plan.rows.append(Planned(line, CREATE, record, values))
            self._remember(record)

    def _refuses(self, line: int, existing: Any, values: Values) -> bool:
        """Whether a row may not touch the record it means."""
        heading, told = self.kind.heading_of(self.kind.identity[-1]), str(existing)
        if getattr(existing, "archived_at", None):
            self._fault(line, heading, told, "is archived", "bring it back into use first")
            return True
        for name in self.kind.fixed & set(values):
            if getattr(existing, name) != values[name]:
                rule, hint = (
                    "differs, and it does not change",
                    "leave it as it is, or register anew",
                )
                self._fault(line, self.kind.heading_of(name), _told(values[name]), rule, hint)
                return True
        return False

    def _compare(self, line: int, existing: Any, values: Values) -> None:
        open_fields = set(values) - set(self.kind.identity) - self.kind.fixed
        changed = {
            n: values[n] for n in values if n in open_fields and getattr(existing, n) != values[n]
        }
        if not changed:
            self.plan.rows.append(Planned(line, SAME, existing, {}))
            return
        if self._is_of_files(line, existing):
            return
        after = copy(existing)
        for name, value in changed.items():
            setattr(after, name, value)
        if self._is_clean(line, after):
            told = tuple(self._difference(n, existing, after) for n in changed)
            self.plan.rows.append(Planned(line, CHANGE, existing, changed, told))

    def _is_of_files(self, line: int, record: Any) -> bool:
        """Whether files manage the record, or the contract whose charge it is."""
        owner = record if isinstance(record, Managed) else getattr(record, "contract", None)
        if owner is None or owner.managed_by != ManagedBy.PORTFOLIO:
            return False
        heading = self.kind.heading_of(self.kind.identity[-1])
        hint = "change it in the files and apply them"
        self._fault(line, heading, str(record), "is managed by portfolio files", hint)
        return True

    def _is_clean(self, line: int, record: Model) -> bool:
        """What the columns of the database themselves refuse, such as a text that is too long."""
        references = {f.name for f in record._meta.fields if isinstance(f, ForeignKey)}
        try:
            record.clean_fields(exclude=references)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                heading, told = self.kind.heading_of(name), _told(getattr(record, name, ""))
                for message in messages:
                    self._fault(line, heading, told, "is refused", message.rstrip("."))
            return False
        return True

    def _difference(self, name: str, before: Model, after: Model) -> tuple[str, str, str]:
        heading = self.kind.heading_of(name) or self.kind.heading_of("amount")
        shown = (_words(each, name) for each in (before, after))
        return heading, next(shown), next(shown)

    def _remember(self, record: Any) -> None:
        """Later rows may refer to a contract that an earlier one creates."""
        if self.kind.key == "contracts":
            self.known.contracts[record.reference] = record

    def _key_of(self, record: Any) -> tuple[Any, ...]:
        return tuple(_identity(getattr(record, name)) for name in self.kind.identity)

    def _fault(self, line: int, heading: str, value: str, rule: str, hint: str) -> None:
        self.plan.faults.append(Fault(line, heading, value[:_SHOWN], rule, hint))


def _known(needed: set[str], scope: Scope, days: str) -> Known:
    known = Known(days)
    if "vendor" in needed:
        known.vendors = {v.code: v for v in _in_use(scoped.vendors(scope))}
    if needed & {"contract", "parent"}:
        known.contracts = {c.reference: c for c in _in_use(scoped.contracts(scope))}
    if "process" in needed:
        known.processes = {p.code: p for p in _in_use(scoped.processes(scope))}
    return known


def _in_use(records: Any) -> Iterator[Any]:
    yield from records.filter(archived_at__isnull=True)


def _identity(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _told(value: Any) -> str:
    if value is None:
        return ""
    return plain_decimal(value) if type(value).__name__ == "Decimal" else str(value)


def _words(record: Any, name: str) -> str:
    column: Field[Any, Any] = record._meta.get_field(name)
    if column.choices:
        return str(getattr(record, f"get_{name}_display")())
    return _told(getattr(record, name))
