"""The shape of a feed mapping: what stands in the file and what each row becomes."""

from collections.abc import Iterator
from collections.abc import Mapping as Lookup
from dataclasses import dataclass, field
from typing import Literal

from .tree import Node, columns_of

FormatType = Literal["csv", "xlsx", "json", "ndjson", "parquet"]
RevisionMode = Literal["column", "by_delivery", "immutable"]
Ambiguous = Literal["earlier", "later", "reject"]

TIME_ROLES = ("from", "to", "ends")


@dataclass(frozen=True, slots=True)
class Format:
    """How the bytes are laid out; only what the type knows is ever set."""

    type: FormatType = "csv"
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    header_row: int = 1
    compression: Literal["auto", "none", "gz"] = "auto"
    sheet: str | None = None
    records: str | None = None


@dataclass(frozen=True, slots=True)
class TimeSource:
    """Where a time comes from: a column in a declared format, or one fixed instant.

    `pattern` is iso, epoch, epoch_ms, excel or a strptime pattern; `fixed_us` is UTC microseconds.
    """

    column: str | None = None
    pattern: str = "iso"
    zone: str | None = None
    ambiguous: Ambiguous = "earlier"
    fixed_us: int | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """What tells a newer version of an item from an older one."""

    mode: RevisionMode = "by_delivery"
    column: str | None = None
    time: TimeSource | None = None


@dataclass(frozen=True, slots=True)
class KpiTemplate:
    """A KPI code with columns in braces: literal parts around `columns`, and a table of codes."""

    text: str
    literals: tuple[str, ...]
    columns: tuple[str, ...]
    codes: Lookup[str, str] | None = None

    @property
    def fixed(self) -> bool:
        return not self.columns

    def filled(self, values: tuple[str, ...]) -> str | None:
        """The code for these column values; None where the code table does not know one."""
        words = [self.codes.get(value) if self.codes is not None else value for value in values]
        if any(word is None for word in words):
            return None
        pairs = zip(self.literals, [*map(str, words), ""], strict=True)
        return "".join(literal + word for literal, word in pairs)


@dataclass(frozen=True, slots=True)
class Target:
    """One KPI a row reports to, and what it says there."""

    kpi: KpiTemplate
    roles: Lookup[str, Node]
    times: Lookup[str, str] = field(default_factory=dict)
    when: Node | None = None
    if_missing: Literal["error", "skip"] = "error"


@dataclass(frozen=True, slots=True)
class Reference:
    """A frozen table: one series per row, every other column one value, in order."""

    series: str
    decimals: int = 0


@dataclass(frozen=True)
class Mapping:
    """A whole feed mapping; `parse_mapping` makes one out of a dict."""

    code: str
    name: str = ""
    vendor: str | None = None
    format: Format = Format()
    missing: tuple[str, ...] = ()
    zone: str | None = None
    identity: tuple[str, ...] = ()
    revision: Revision = Revision()
    times: Lookup[str, TimeSource] = field(default_factory=dict)
    where: Node | None = None
    targets: tuple[Target, ...] = ()
    reference: Reference | None = None

    @property
    def revision_mode(self) -> RevisionMode:
        return self.revision.mode

    @property
    def kpi_codes(self) -> tuple[str, ...]:
        """Codes of the KPIs named outright, in order of appearance."""
        return tuple(dict.fromkeys(t.kpi.text for t in self.targets if t.kpi.fixed))

    @property
    def varying_columns(self) -> tuple[str, ...]:
        """Columns that pick a KPI without being part of the identity."""
        named = (c for target in self.targets for c in target.kpi.columns)
        return tuple(dict.fromkeys(c for c in named if c not in self.identity))

    @property
    def varies(self) -> bool:
        """Whether a later version of an item may report to other KPIs than an earlier one."""
        conditional = any(t.when is not None or t.if_missing == "skip" for t in self.targets)
        return bool(self.varying_columns) or self.where is not None or conditional

    @property
    def required_columns(self) -> list[str]:
        """Every column the mapping reads, in order of first use."""
        return list(dict.fromkeys(self._columns()))

    def _columns(self) -> Iterator[str]:
        if self.reference is not None:
            yield self.reference.series
        yield from self.identity
        if self.revision.column is not None:
            yield self.revision.column
        if self.where is not None:
            yield from columns_of(self.where)
        for source in self.times.values():
            if source.column is not None:
                yield source.column
        for target in self.targets:
            yield from target.kpi.columns
            for node in (target.when, *target.roles.values()):
                if node is not None:
                    yield from columns_of(node)
