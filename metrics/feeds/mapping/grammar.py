"""The expression language of mappings: a closed grammar, parsed here and never run as Python.

    state == "Closed" and present(resolved_at)
    percent(on_time)
    `off-topic votes` + 1

Columns are bare names (dots included) or stand in backticks; texts stand in double quotes.
"""

import re
from dataclasses import dataclass

from .tree import (
    COMPARISONS,
    FUNCTIONS,
    KEYWORDS,
    TO_TEXT,
    TO_TRUTH,
    Binary,
    Call,
    Column,
    In,
    Negative,
    Node,
    Not,
    Number,
    Text,
    columns_of,
    kind,
    to_text,
)

LONGEST = 2000
DEEPEST = 40


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[0-9]+(?:\.[0-9]+)?(?![\w.]))
      | (?P<name>[^\W\d]\w*(?:\.\w+)*)
      | `(?P<quoted>(?:[^`]|``)+)`
      | "(?P<text>(?:[^"\\]|\\["\\])*)"
      | (?P<mark>==|!=|<=|>=|[<>()+\-*/,])
    )""",
    re.VERBOSE | re.DOTALL,
)


class ExpressionError(ValueError):
    """An expression that does not parse; the message names the place and the way out."""


def parse_expression(source: str) -> Node:
    """The tree of `source`.

    Raises ExpressionError: names the place, what stands there, and what could.
    """
    if len(source) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST} characters; split it into several targets")
    parser = _Parser(_tokens(source))
    node = parser.either(0)
    parser.expect_end()
    return node


@dataclass(frozen=True, slots=True)
class _Token:
    sort: str
    text: str
    at: int


def _tokens(source: str) -> list[_Token]:
    found, at = [], 0
    while source[at:].strip():
        match = _TOKEN.match(source, at)
        if match is None:
            raise ExpressionError(_stray(source, at))
        sort = str(match.lastgroup)
        found.append(_Token(sort, _plain(sort, match.group(sort)), match.start(sort)))
        at = match.end()
    return [*found, _Token("end", "", len(source))]


def _plain(sort: str, text: str) -> str:
    if sort == "quoted":
        return text.replace("``", "`")
    if sort == "text":
        return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
    return text


def _stray(source: str, at: int) -> str:
    rest = source[at:].lstrip()
    place = f"at character {len(source) - len(rest) + 1}"
    if rest[0] == "=":
        return f"'=' {place}: compare with =="
    if rest[0] in "\"'`":
        return f'{rest[0]} {place}: texts stand in "double quotes", odd column names in `backticks`'
    if rest[0] in "&|!":
        return f"{rest[0]!r} {place}: write and, or, not"
    if rest[0].isdigit():
        return f"{rest[:12]!r} {place}: numbers are digits with an optional .decimals"
    return f"{rest[0]!r} {place} is not part of an expression"


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at = tokens, 0

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.now
        self.at += 1
        return token

    def is_word(self, *words: str) -> bool:
        return self.now.sort == "name" and self.now.text in words

    def is_mark(self, *marks: str) -> bool:
        return self.now.sort == "mark" and self.now.text in marks

    def expect(self, mark: str) -> None:
        if not self.is_mark(mark):
            raise ExpressionError(f"{mark!r} expected {self.place()}")
        self.at += 1

    def expect_end(self) -> None:
        if self.now.sort != "end":
            raise ExpressionError(f"nothing more was expected {self.place()}")

    def place(self) -> str:
        if self.now.sort == "end":
            return "at the end"
        return f"at character {self.now.at + 1}, before {self.now.text!r}"

    def either(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise ExpressionError(f"nested deeper than {DEEPEST}; split it into several targets")
        node = self.both(depth)
        while self.is_word("or"):
            self.take()
            node = Binary("or", node, self.both(depth))
        return node

    def both(self, depth: int) -> Node:
        node = self.negated(depth)
        while self.is_word("and"):
            self.take()
            node = Binary("and", node, self.negated(depth))
        return node

    def negated(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise ExpressionError(f"nested deeper than {DEEPEST}; split it into several targets")
        if not self.is_word("not"):
            return self.comparison(depth)
        self.take()
        return Not(self.negated(depth + 1))

    def comparison(self, depth: int) -> Node:
        left = self.sum(depth)
        if self.is_mark(*COMPARISONS):
            operator = self.take().text
            return _compared(operator, left, self.sum(depth))
        negated = self.is_word("not") and self.tokens[self.at + 1].text == "in"
        if negated:
            self.take()
        if self.is_word("in"):
            self.take()
            return self.choices(left, negated)
        return left

    def choices(self, left: Node, negated: bool) -> Node:
        self.expect("(")
        found = [self.literal()]
        while self.is_mark(","):
            self.take()
            found.append(self.literal())
        self.expect(")")
        for choice in found:
            _compared("==", left, choice)
        if len({type(choice) for choice in found}) > 1:
            raise ExpressionError("the choices of 'in' are all texts or all numbers")
        return In(left, tuple(found), negated)

    def literal(self) -> Number | Text:
        sign = "-" if self.is_mark("-") else ""
        if sign:
            self.take()
        token = self.take()
        if token.sort == "number":
            return Number(sign + token.text)
        if token.sort == "text" and not sign:
            return Text(token.text)
        self.at -= 1
        raise ExpressionError(f'a number or a "text" expected {self.place()}')

    def sum(self, depth: int) -> Node:
        node = self.product(depth)
        while self.is_mark("+", "-"):
            operator = self.take().text
            node = _computed(operator, node, self.product(depth))
        return node

    def product(self, depth: int) -> Node:
        node = self.signed(depth)
        while self.is_mark("*", "/"):
            operator = self.take().text
            node = _computed(operator, node, self.signed(depth))
        return node

    def signed(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise ExpressionError(f"nested deeper than {DEEPEST}; split it into several targets")
        if not self.is_mark("-"):
            return self.primary(depth)
        self.take()
        operand = self.signed(depth + 1)
        _as_number(operand, "-")
        return Negative(operand)

    def primary(self, depth: int) -> Node:
        token = self.take()
        if token.sort == "number":
            return Number(token.text)
        if token.sort == "text":
            return Text(token.text)
        if token.sort == "quoted":
            return Column(token.text)
        if token.sort == "name" and token.text not in KEYWORDS:
            return self.call(token.text, depth) if self.is_mark("(") else Column(token.text)
        if token.sort == "mark" and token.text == "(":
            node = self.either(depth + 1)
            self.expect(")")
            return node
        self.at -= 1
        raise ExpressionError(f'a column, a number or a "text" expected {self.place()}')

    def call(self, name: str, depth: int) -> Node:
        if name not in FUNCTIONS:
            raise ExpressionError(f"no function {name!r}; there are {', '.join(sorted(FUNCTIONS))}")
        self.expect("(")
        argument = self.either(depth + 1)
        self.expect(")")
        return _called(name, argument)


def _called(name: str, argument: Node) -> Call:
    sort = kind(argument)
    if name in TO_TEXT | {"percent"} and sort not in ("column", "text"):
        raise ExpressionError(f"{name}() takes a column or a text")
    if name in TO_TRUTH and not any(True for _ in columns_of(argument)):
        raise ExpressionError(f"{name}() takes a column")
    if name == "abs":
        _as_number(argument, "abs()")
    return Call(name, argument)


def _as_number(node: Node, where: str) -> None:
    if kind(node) == "text":
        raise ExpressionError(f"{where} takes numbers, and {to_text(node)} is a text")


def _computed(operator: str, left: Node, right: Node) -> Binary:
    _as_number(left, operator)
    _as_number(right, operator)
    return Binary(operator, left, right)


def _compared(operator: str, left: Node, right: Node) -> Binary:
    kinds = {kind(left), kind(right)}
    if "text" in kinds and kinds - {"text", "column"}:
        raise ExpressionError(
            f"{to_text(left)} {operator} {to_text(right)} compares a text with a number"
        )
    if "text" in kinds and operator not in ("==", "!="):
        raise ExpressionError(f"{operator} compares numbers; texts are compared with == and !=")
    return Binary(operator, left, right)
