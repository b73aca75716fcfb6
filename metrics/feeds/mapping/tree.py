"""The trees of mapping expressions: nodes, what they yield, and their text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

KEYWORDS = frozenset({"and", "or", "not", "in"})
TO_TRUTH = frozenset({"present", "missing"})
TO_NUMBER = frozenset({"percent", "abs"})
TO_TEXT = frozenset({"lower", "trim"})
FUNCTIONS = TO_TRUTH | TO_NUMBER | TO_TEXT
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Column:
    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, kept as written so that it stays exact."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    argument: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Negative:
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """`and`, `or`, a comparison, or one of + - * /."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class In:
    operand: "Node"
    choices: tuple[Number | Text, ...]
    negated: bool = False


Node = Column | Number | Text | Call | Not | Negative | Binary | In


def kind(node: Node) -> str:
    """What `node` yields: `text`, `number`, `truth`, or `column` (text that may read as a number)."""
    match node:
        case Column():
            return "column"
        case Text():
            return "text"
        case Number() | Negative():
            return "number"
        case Not() | In():
            return "truth"
        case Call(function=function):
            if function in TO_TRUTH:
                return "truth"
            return "number" if function in TO_NUMBER else "text"
        case Binary(operator=operator):
            return "number" if operator in "+-*/" else "truth"


def columns_of(node: Node) -> Iterator[str]:
    """The column names in `node`, in order of appearance, possibly repeated."""
    match node:
        case Column(name=name):
            yield name
        case Call(argument=inner) | Not(operand=inner) | Negative(operand=inner):
            yield from columns_of(inner)
        case In(operand=inner):
            yield from columns_of(inner)
        case Binary(left=left, right=right):
            yield from columns_of(left)
            yield from columns_of(right)


_STRENGTH = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6} | dict.fromkeys(COMPARISONS, 4)
_BARE = re.compile(r"[^\W\d]\w*(?:\.\w+)*")


def to_text(node: Node) -> str:
    """`node` as source that parses to the same tree."""
    return _printed(node, 0)


def _printed(node: Node, outer: int) -> str:
    match node:
        case Column(name=name):
            bare = _BARE.fullmatch(name) and name not in KEYWORDS
            return name if bare else "`" + name.replace("`", "``") + "`"
        case Number(text=text):
            return text
        case Text(text=text):
            return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Call(function=function, argument=argument):
            return f"{function}({_printed(argument, 0)})"
        case Not(operand=operand):
            return _wrapped(f"not {_printed(operand, 3)}", 3, outer)
        case Negative(operand=operand):
            return _wrapped(f"-{_printed(operand, 7)}", 7, outer)
        case In(operand=operand, choices=choices, negated=negated):
            listed = ", ".join(_printed(choice, 0) for choice in choices)
            word = "not in" if negated else "in"
            return _wrapped(f"{_printed(operand, 5)} {word} ({listed})", 4, outer)
        case Binary(operator=operator, left=left, right=right):
            own = _STRENGTH[operator]
            first = own + 1 if operator in COMPARISONS else own
            text = f"{_printed(left, first)} {operator} {_printed(right, own + 1)}"
            return _wrapped(text, own, outer)


def _wrapped(text: str, own: int, outer: int) -> str:
    return f"({text})" if own < outer else text
