"""Reads $filter: a recursive descent over its words, which checks names, kinds, depth and size.

Precedence as OData has it (4.0, URL conventions, 5.1.1.9): not, comparisons, and, or. So
``not a eq b`` would negate ``a``; it is refused with the way out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from kpotracker.toolkit.odata.literals import WORDS, FilterError, Word, literal_of, words_of
from kpotracker.toolkit.odata.tree import (
    Call,
    Comparison,
    Junction,
    Literal,
    Membership,
    Negation,
    Node,
    Operand,
    Property,
)
from kpotracker.toolkit.problems import nearest, shown
from kpotracker.toolkit.tabular.columns import Kind

MOST_CHARACTERS: Final = 8_000
MOST_WORDS: Final = 1_000
MOST_DEPTH: Final = 20

_EQUALITY = ("eq", "ne")
COMPARISONS: Final = (*_EQUALITY, "gt", "ge", "lt", "le")
_RESERVED = frozenset({*COMPARISONS, *WORDS, "in", "and", "or", "not"})
_NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER})
_TEXT, _DATED = frozenset({Kind.TEXT}), frozenset({Kind.DAY, Kind.INSTANT})
# name → (the kinds each argument may have, the kind of what it gives)
FUNCTIONS: Final[Mapping[str, tuple[Sequence[frozenset[Kind]], Kind]]] = {
    "contains": ((_TEXT, _TEXT), Kind.BOOLEAN),
    "startswith": ((_TEXT, _TEXT), Kind.BOOLEAN),
    "endswith": ((_TEXT, _TEXT), Kind.BOOLEAN),
    "tolower": ((_TEXT,), Kind.TEXT),
    "toupper": ((_TEXT,), Kind.TEXT),
    "year": ((_DATED,), Kind.INTEGER),
    "month": ((_DATED,), Kind.INTEGER),
    "day": ((_DATED,), Kind.INTEGER),
}
_AS = "name eq 'text'"
_WRITTEN = {
    Kind.TEXT: "text is in quotes, 'like this'",
    Kind.INTEGER: "write a number, such as 7",
    Kind.NUMBER: "write a number, such as 95.5",
    Kind.BOOLEAN: "write true or false",
    Kind.DAY: "write a day, such as 2026-03-01",
    Kind.INSTANT: "write an instant, such as 2026-03-01T00:00:00Z",
}


def read_filter(text: str, properties: Mapping[str, Kind]) -> Node:
    """The condition that ``text`` states about ``properties``; raises FilterError."""
    if len(text) > MOST_CHARACTERS:
        raise FilterError(MOST_CHARACTERS, f"it is longer than {MOST_CHARACTERS} characters")
    words = list(words_of(text))
    if len(words) > MOST_WORDS:
        raise FilterError(words[MOST_WORDS].at, f"it has more than {MOST_WORDS} words")
    return _Reader(words, properties).condition()


class _Reader:
    """The words of one filter and how far they are read."""

    def __init__(self, words: Sequence[Word], properties: Mapping[str, Kind]) -> None:
        self.words = words
        self.properties = properties
        self.place = 0
        self.depth = 0

    @property
    def word(self) -> Word:
        return self.words[self.place]

    def condition(self) -> Node:
        """The whole filter."""
        begin = self.word
        found = self._either()
        if self.word.kind != "end":
            raise FilterError(self.word.at, f"{_told(self.word)} is not expected here")
        return _condition(found, begin)

    def _either(self) -> Node:
        return self._joined("or", self._both)

    def _both(self) -> Node:
        return self._joined("and", self._statement)

    def _joined(self, operator: str, part: Callable[[], Node]) -> Node:
        begin = self.word
        first = part()
        if self.word.text != operator:
            return first
        parts = [_condition(first, begin)]
        while self._took(operator):
            begin = self.word
            parts.append(_condition(part(), begin))
        return Junction(operator, tuple(parts))

    def _statement(self) -> Node:
        """A comparison, or one side alone: whoever asked checks that it is a condition."""
        begin = self.word
        left = self._negation()
        if self.word.text not in (*COMPARISONS, "in"):
            return left
        return self._compared(_operand(left, begin))

    def _compared(self, left: Operand) -> Node:
        operator = self._next()
        if operator.text == "in":
            return Membership(left, self._values(left))
        begin = self.word
        right = _operand(self._negation(), begin)
        _check_pair(left, right, begin.at)
        if Kind.BOOLEAN in (left.kind, right.kind) and operator.text not in _EQUALITY:
            raise FilterError(operator.at, "true and false have no order: use eq or ne")
        return Comparison(operator.text, left, right)

    def _negation(self) -> Node:
        if not self._took("not"):
            return self._primary()
        begin = self.word
        with self._deeper(begin):
            found = self._negation()
        if found.kind is not Kind.BOOLEAN:
            raise FilterError(
                begin.at, f"not comes before a comparison: put it in parentheses, not ({_AS})"
            )
        return Negation(found)

    def _primary(self) -> Node:
        word = self._next()
        if (literal := literal_of(word)) is not None:
            return literal
        if word.text == "(":
            with self._deeper(word):
                found = self._either()
            self._expect(")")
            return found
        if word.kind != "name" or word.text in _RESERVED:
            raise FilterError(word.at, f"{_told(word)} is not expected here: write {_AS}")
        return self._call(word) if self.word.text == "(" else self._property(word)

    def _property(self, word: Word) -> Property:
        kind = self.properties.get(word.text)
        if kind is None:
            known = nearest(word.text, self.properties)
            raise FilterError(word.at, f"{shown(word.text)} is not a property here: {known}")
        return Property(word.text, kind)

    def _call(self, name: Word) -> Call:
        if name.text not in FUNCTIONS:
            known = nearest(name.text, FUNCTIONS)
            raise FilterError(name.at, f"{shown(name.text)} is not a function here: {known}")
        wanted, kind = FUNCTIONS[name.text]
        self._expect("(")
        with self._deeper(name):
            arguments = [self._argument(wanted[0], name)]
            for kinds in wanted[1:]:
                self._expect(",")
                arguments.append(self._argument(kinds, name))
        self._expect(")")
        return Call(name.text, tuple(arguments), kind)

    def _argument(self, kinds: frozenset[Kind], function: Word) -> Operand:
        begin = self.word
        found = _operand(self._primary(), begin)
        if found.kind not in kinds:
            names = " or ".join(sorted(kinds))
            raise FilterError(begin.at, f"{function.text}() takes {names}, not {_told(begin)}")
        return found

    def _values(self, left: Operand) -> Sequence[Literal]:
        """(1, 2, 3)"""
        self._expect("(")
        values = [self._value(left)]
        while self._took(","):
            values.append(self._value(left))
        self._expect(")")
        return tuple(values)

    def _value(self, left: Operand) -> Literal:
        word = self._next()
        literal = literal_of(word)
        if literal is None:
            raise FilterError(word.at, f"{_told(word)} is no value: in takes a list of values")
        _check_pair(left, literal, word.at)
        return literal

    def _next(self) -> Word:
        word = self.word
        self.place = min(self.place + 1, len(self.words) - 1)
        return word

    def _took(self, text: str) -> bool:
        found = self.word.text == text
        if found:
            self._next()
        return found

    def _expect(self, text: str) -> None:
        if not self._took(text):
            raise FilterError(self.word.at, f"{text!r} is expected, not {_told(self.word)}")

    @contextmanager
    def _deeper(self, word: Word) -> Iterator[None]:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise FilterError(word.at, f"it is nested more than {MOST_DEPTH} levels deep")
        yield
        self.depth -= 1


def _condition(found: Node, begin: Word) -> Node:
    if found.kind is Kind.BOOLEAN:
        return found
    raise FilterError(begin.at, f"{_told(begin)} is no condition: compare it, as in {_AS}")


def _operand(found: Node, begin: Word) -> Operand:
    if isinstance(found, Literal | Property | Call):
        return found
    raise FilterError(
        begin.at, f"a condition is not compared: write not ({_AS}), or leave it alone"
    )


def _check_pair(left: Operand, right: Operand, at: int) -> None:
    """Refuse what can never be equal, such as text and a number."""
    kinds = {left.kind, right.kind} - {None}
    if len(kinds) < 2 or kinds <= _NUMBERS:
        return
    model = right if isinstance(left, Literal) else left
    assert left.kind
    assert right.kind
    assert model.kind
    raise FilterError(
        at, f"{left.kind} is not compared with {right.kind} here: {_WRITTEN[model.kind]}"
    )


def _told(word: Word) -> str:
    return "its end" if word.kind == "end" else shown(word.text)
