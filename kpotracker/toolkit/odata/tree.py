"""What a filter says, once it is read: every part knows the kind of its value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from kpotracker.toolkit.tabular.columns import Kind


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: str, int, float, bool, date or datetime in UTC; None, whose kind is None, is null."""

    kind: Kind | None
    value: Any


@dataclass(frozen=True, slots=True)
class Property:
    """A column by its declared name."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Call:
    """A function of operands."""

    name: str
    arguments: "Sequence[Operand]"
    kind: Kind


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operator``: eq, ne, gt, ge, lt or le."""

    operator: str
    left: "Operand"
    right: "Operand"
    kind: ClassVar[Kind] = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Membership:
    """``left`` equals one of ``values``."""

    left: "Operand"
    values: Sequence[Literal]
    kind: ClassVar[Kind] = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Negation:
    of: "Node"
    kind: ClassVar[Kind] = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Junction:
    """``operator``: and, or."""

    operator: str
    parts: "Sequence[Node]"
    kind: ClassVar[Kind] = Kind.BOOLEAN


Operand = Literal | Property | Call
Node = Operand | Comparison | Membership | Negation | Junction
