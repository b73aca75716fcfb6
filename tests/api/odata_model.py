"""What a filter means, in Python: trees that read back as they are written, and their truth."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from kpotracker.toolkit.odata.parsing import COMPARISONS
from kpotracker.toolkit.odata.tree import (
    Call,
    Comparison,
    Junction,
    Literal,
    Membership,
    Negation,
    Node,
    Property,
)
from kpotracker.toolkit.tabular.columns import Kind

Row = Mapping[str, Any]
TEXTS = ["", "a", "A", "b", "ab", "aB", "ä", "Ä", "z", "O'Brien", "100%", "_", "\\", "🙂", "é"]
DAYS = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 1), date(2026, 2, 28), date(2026, 4, 1)]
INSTANTS = [
    datetime(2026, 3, 1, 10, tzinfo=UTC),
    datetime(2026, 3, 1, 10, 0, 0, 100_000, tzinfo=UTC),
    datetime(2026, 3, 1, 10, 0, 0, 123_000, tzinfo=UTC),
    datetime(2026, 3, 1, 10, 0, 0, 123_001, tzinfo=UTC),
    datetime(2026, 3, 1, 10, 0, 10, tzinfo=UTC),
    datetime(2026, 3, 1, 10, 10, tzinfo=UTC),
    datetime(2026, 3, 2, tzinfo=UTC),
]
POOLS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.sampled_from(TEXTS) | st.text("aBä'% ", max_size=3),
    Kind.INTEGER: st.sampled_from([0, 1, 2, 3, 12, 28, 100, 200, 2026, 2**63 - 1, -(2**63)]),
    Kind.NUMBER: st.sampled_from([0.0, -0.5, 89.5, 90.0, 95.25, 1e-7, 1e300, 200.0]),
    Kind.BOOLEAN: st.booleans(),
    Kind.DAY: st.sampled_from(DAYS),
    Kind.INSTANT: st.sampled_from(INSTANTS),
}
NULL = Literal(None, None)


def nodes(properties: Mapping[str, Kind]) -> st.SearchStrategy[Node]:
    """Any condition about ``properties``."""
    kinds = list(Kind)
    simple: st.SearchStrategy[Node] = st.one_of(
        *[_comparisons(properties, kind) for kind in kinds],
        *[_memberships(properties, kind) for kind in kinds],
        _operands(properties, Kind.BOOLEAN),
    )
    return st.recursive(
        simple,
        lambda inner: (
            inner.map(Negation)
            | st.builds(
                Junction,
                st.sampled_from(["and", "or"]),
                st.lists(inner, min_size=2, max_size=4).map(tuple),
            )
        ),
        max_leaves=8,
    )


def _literals(kind: Kind) -> st.SearchStrategy[Literal]:
    return POOLS[kind].map(lambda value: Literal(kind, value))


def _operands(properties: Mapping[str, Kind], kind: Kind) -> st.SearchStrategy[Any]:
    owned = [Property(name, is_of) for name, is_of in properties.items() if is_of is kind]
    plain = st.sampled_from(owned) | _literals(kind)
    if kind is Kind.TEXT:
        return plain | st.builds(
            Call, st.sampled_from(["tolower", "toupper"]), st.tuples(plain), st.just(kind)
        )
    if kind is Kind.INTEGER:
        dated = _operands(properties, Kind.DAY) | _operands(properties, Kind.INSTANT)
        return plain | st.builds(
            Call, st.sampled_from(["year", "month", "day"]), st.tuples(dated), st.just(kind)
        )
    if kind is Kind.BOOLEAN:
        text = _operands(properties, Kind.TEXT)
        names = st.sampled_from(["contains", "startswith", "endswith"])
        return plain | st.builds(Call, names, st.tuples(text, text), st.just(kind))
    return plain


def _comparisons(properties: Mapping[str, Kind], kind: Kind) -> st.SearchStrategy[Node]:
    other = {Kind.INTEGER: Kind.NUMBER, Kind.NUMBER: Kind.INTEGER}.get(kind, kind)
    left = _operands(properties, kind) | st.just(NULL)
    right = _operands(properties, kind) | _operands(properties, other) | st.just(NULL)
    known = COMPARISONS[:2] if kind is Kind.BOOLEAN else COMPARISONS
    return st.builds(Comparison, st.sampled_from(known), left, right)


def _memberships(properties: Mapping[str, Kind], kind: Kind) -> st.SearchStrategy[Node]:
    values = st.lists(_literals(kind) | st.just(NULL), min_size=1, max_size=3).map(tuple)
    return st.builds(Membership, _operands(properties, kind), values)


def written(node: Node) -> str:
    """The text that reads as ``node``."""
    match node:
        case Literal():
            return _literal(node)
        case Property(name=name):
            return name
        case Call(name=name, arguments=arguments):
            return f"{name}({','.join(map(written, arguments))})"
        case Comparison(operator=operator, left=left, right=right):
            return f"{written(left)} {operator} {written(right)}"
        case Membership(left=left, values=values):
            return f"{written(left)} in ({', '.join(map(written, values))})"
        case Negation(of=inner):
            return f"not ({written(inner)})"
        case Junction(operator=operator, parts=parts):
            return f" {operator} ".join(f"({written(part)})" for part in parts)


def _literal(node: Literal) -> str:
    if node.kind is Kind.TEXT:
        return "'" + node.value.replace("'", "''") + "'"
    if node.kind is Kind.INSTANT:
        return str(node.value.isoformat().replace("+00:00", "Z"))
    if isinstance(node.value, bool) or node.value is None:
        return {True: "true", False: "false", None: "null"}[node.value]
    return str(node.value)


def truth(node: Node, row: Row) -> bool | None:
    """Whether ``row`` meets ``node``; None for what is null."""
    match node:
        case Junction(operator=operator, parts=parts):
            found = [truth(part, row) for part in parts]
            decisive = operator == "or"
            if decisive in found:
                return decisive
            return None if None in found else not decisive
        case Negation(of=inner):
            of = truth(inner, row)
            return None if of is None else not of
        case Comparison(operator=operator, left=left, right=right):
            return _compared(operator, value(left, row), value(right, row))
        case Membership(left=left, values=values):
            return any(value(left, row) == each.value for each in values)
        case _:
            return value(node, row)


def _compared(operator: str, left: Any, right: Any) -> bool:
    if operator in ("eq", "ne"):
        return (left == right) is (operator == "eq")
    if left is None or right is None:
        return False
    known = {"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}
    return known[operator]


def value(node: Any, row: Row) -> Any:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Property):
        return row[node.name]
    arguments = [value(each, row) for each in node.arguments]
    return None if None in arguments else _CALLS[node.name](*arguments)


_CALLS = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "tolower": lambda text: "".join(c.lower() if c.isascii() else c for c in text),
    "toupper": lambda text: "".join(c.upper() if c.isascii() else c for c in text),
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
}
