"""Which rows a relief covers, said as an expression over what a row says.

    ref in ("T-1001", "T-1002")
    series == "north" and not (valid > 10)

The language is that of feed mappings (``metrics.feeds.mapping.grammar``), of which this takes
comparisons with texts and numbers, ``in``, ``and``, ``or``, ``not`` and brackets. Names are ``ref``,
``series`` and the KPI's numbers by their roles, such as ``good`` and ``valid``, in natural units.
An empty value is equal to nothing and different from nothing.
"""

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from metrics.engine import MEASURES, Row
from metrics.feeds.mapping.grammar import ExpressionError, parse_expression
from metrics.feeds.mapping.tree import (
    COMPARISONS,
    Binary,
    Call,
    Column,
    In,
    Negative,
    Node,
    Not,
    Number,
    Text,
    kind,
    to_text,
)
from metrics.models import KpiDefinition

Holds = Callable[[Row], bool]
Names = tuple[tuple[str, str], ...]  # name → column of a row
_TEXTS = {"ref": "ref", "series": "series"}
_TIMES = {"at", "ends_at", "from", "to", "ends", "issued"}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def predicate_of(source: str, definition: KpiDefinition, decimals: int) -> Holds:
    """Whether a row is one of those that ``source`` names, under a definition of its KPI.

    Raises ExpressionError: names the place or the name, the rule, and the way out.
    """
    return _compiled(source, _names_of(definition), decimals)


def _names_of(definition: KpiDefinition) -> Names:
    """What a row of the KPI can be told apart by."""
    measure = MEASURES[definition.measure]
    roles = dict(measure.optional_roles)
    for each in measure.roles_for(definition.parameters):
        roles |= each
    numbers = {
        role: column
        for role, column in roles.items()
        if column in ("a", "b", "value") and role not in _TIMES
    }
    return tuple(sorted((_TEXTS | numbers).items()))


@lru_cache(maxsize=256)
def _compiled(source: str, names: Names, decimals: int) -> Holds:
    node = parse_expression(source)
    if kind(node) != "truth":
        raise ExpressionError(f'{to_text(node)} is no condition: write such as ref == "T-1001"')
    return _Compiler(dict(names), 10**decimals).truth(node)


class _Compiler:
    """Turns a tree into a function of a row."""

    def __init__(self, names: Mapping[str, str], divisor: int) -> None:
        self.names, self.divisor = names, divisor

    def truth(self, node: Node) -> Holds:
        match node:
            case Not(operand=inner):
                held = self.truth(inner)
                return lambda row: not held(row)
            case Binary(operator="and", left=left, right=right):
                first, second = self.truth(left), self.truth(right)
                return lambda row: first(row) and second(row)
            case Binary(operator="or", left=left, right=right):
                first, second = self.truth(left), self.truth(right)
                return lambda row: first(row) or second(row)
            case Binary(operator=sign, left=left, right=right) if sign in COMPARISONS:
                return self.compared(sign, left, right)
            case In(operand=inner, choices=choices, negated=negated):
                return self.chosen(inner, choices, negated)
        raise ExpressionError(f"{to_text(node)} is no condition here: compare a name with a value")

    def compared(self, sign: str, left: Node, right: Node) -> Holds:
        if not isinstance(left, Column):
            raise ExpressionError(f"{to_text(left)} {sign} …: the name stands on the left side")
        read, value = self.read(left), self.value(left, right)
        compare = _COMPARE[sign]

        def holds(row: Row) -> bool:
            found = read(row)
            return found is not None and compare(found, value)

        return holds

    def chosen(self, inner: Node, choices: tuple[Number | Text, ...], negated: bool) -> Holds:
        if not isinstance(inner, Column):
            raise ExpressionError(f"{to_text(inner)} in …: a name stands before in")
        read, values = self.read(inner), {self.value(inner, choice) for choice in choices}

        def holds(row: Row) -> bool:
            found = read(row)
            return found is not None and (found in values) is not negated

        return holds

    def read(self, node: Column) -> Callable[[Row], Any]:
        if node.name in _TIMES:
            raise ExpressionError(f"{node.name} is a time: say when it was as a stretch of time")
        if node.name not in self.names:
            known = ", ".join(self.names)
            raise ExpressionError(f"{node.name} is nothing a row of this KPI says: it says {known}")
        return operator.attrgetter(self.names[node.name])

    def value(self, name: Column, node: Node) -> str | Fraction:
        is_text = name.name in _TEXTS
        match node:
            case Text(text=text) if is_text:
                return text
            case Number(text=text) if not is_text:
                return Fraction(text) * self.divisor
            case Negative(operand=Number(text=text)) if not is_text:
                return -Fraction(text) * self.divisor
            case Call():
                raise ExpressionError(f"{to_text(node)}: functions are not available here")
        wanted = 'a text in "double quotes"' if is_text else "a number"
        raise ExpressionError(f"{name.name} is compared with {wanted}, not with {to_text(node)}")
