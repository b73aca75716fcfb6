"""Evaluating expressions over a batch: one array operation per node, results kept by node.

`and` and `or` decide as soon as one side does (false and missing is false); anything else with a
missing operand is missing. A fault in a side that does not matter is dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa

from . import numbers as num
from .batch import Batch
from .calendar import Bools
from .faults import Faults, within
from .numbers import Numbers
from .texts import Texts, texts_of
from .tree import Binary, Call, Column, In, Negative, Node, Not, Number, Text, kind


@dataclass(frozen=True)
class Truths:
    """True or false; `ok` is false where missing or faulty."""

    data: Bools
    ok: Bools
    faults: Faults = ()


class Evaluator:
    """Values of expressions over one batch."""

    def __init__(self, batch: Batch, *, missing: Sequence[str] = (), decimal: str = ".") -> None:
        self.batch, self.decimal = batch, decimal
        self.size = len(batch.lines)
        self.missing = pa.array(list(missing), pa.string())
        self._texts: dict[Node, Texts] = {}
        self._numbers: dict[Node, Numbers] = {}
        self._truths: dict[Node, Truths] = {}

    def column(self, name: str) -> Texts:
        return self.text(Column(name))

    def text(self, node: Node) -> Texts:
        found = self._texts.get(node)
        if found is None:
            found = self._texts[node] = self._text(node)
        return found

    def number(self, node: Node) -> Numbers:
        found = self._numbers.get(node)
        if found is None:
            found = self._numbers[node] = self._number(node)
        return found

    def truth(self, node: Node) -> Truths:
        found = self._truths.get(node)
        if found is None:
            found = self._truths[node] = self._truth(node)
        return found

    def _text(self, node: Node) -> Texts:
        match node:
            case Column(name=name):
                return texts_of(self.batch.columns[name], self.missing)
            case Text(text=text):
                array = pa.repeat(pa.scalar(text), self.size)
                return Texts(array, np.ones(self.size, dtype=np.bool_))
            case Call(function=function, argument=argument):
                return self._changed(function, self.text(argument))
        raise TypeError(f"{node} is not a text")

    def _changed(self, function: str, inner: Texts) -> Texts:
        import pyarrow.compute as pc

        change = pc.utf8_trim_whitespace if function == "trim" else pc.utf8_lower
        made = texts_of(change(inner.array), self.missing)
        return Texts(made.array, made.present & inner.present)

    def _number(self, node: Node) -> Numbers:
        match node:
            case Column(name=name):
                return num.parse(self.text(node), self.decimal, name)
            case Number(text=text):
                return num.constant(text, self.size)
            case Negative(operand=operand):
                return num.computed("-", num.constant("0", self.size), self.number(operand))
            case Call(function="percent", argument=argument):
                return num.percents(self.text(argument), self.decimal, _first_column(argument))
            case Call(function="abs", argument=argument):
                inner = self.number(argument)
                return Numbers(
                    np.abs(inner.data),
                    inner.decimals,
                    inner.ok,
                    inner.faults,
                    inner.texts,
                    inner.column,
                )
            case Binary(operator=operator, left=left, right=right) if kind(node) == "number":
                return num.computed(operator, self.number(left), self.number(right))
        if kind(node) == "text":
            return num.parse(self.text(node), self.decimal, _first_column(node))
        truths = self.truth(node)
        places = np.zeros(self.size, dtype=np.int64)
        return Numbers(truths.data.astype(np.int64), places, truths.ok, truths.faults)

    def _truth(self, node: Node) -> Truths:
        match node:
            case Not(operand=operand):
                inner = self.truth(operand)
                return Truths(~inner.data & inner.ok, inner.ok, inner.faults)
            case Call(function="present" | "missing" as function, argument=argument):
                present = self._is_present(argument)
                data = present if function == "present" else ~present
                return Truths(data, np.ones(self.size, dtype=np.bool_))
            case In():
                return self._in(node)
            case Binary(operator="and" | "or" as operator, left=left, right=right):
                return _joined(operator, self.truth(left), self.truth(right))
            case Binary(operator=operator, left=left, right=right) if kind(node) == "truth":
                if _as_texts(operator, left, right):
                    return _same(operator, self.text(left), self.text(right))
                return _compared(operator, self.number(left), self.number(right))
        numbers = self.number(node)
        return Truths(
            np.asarray(numbers.data != 0, np.bool_) & numbers.ok, numbers.ok, numbers.faults
        )

    def _is_present(self, node: Node) -> Bools:
        if kind(node) in ("column", "text"):
            return self.text(node).present
        if kind(node) == "truth":
            return self.truth(node).ok
        return self.number(node).ok

    def _in(self, node: In) -> Truths:
        import pyarrow.compute as pc

        if isinstance(node.choices[0], Text):
            texts = self.text(node.operand)
            choices = pa.array([choice.text for choice in node.choices], pa.string())
            found = np.asarray(pc.is_in(texts.array, value_set=choices)) != node.negated
            return Truths(found & texts.present, texts.present)
        numbers = self.number(node.operand)
        found = np.zeros(self.size, dtype=np.bool_)
        for choice in node.choices:
            found |= _compared("==", numbers, self.number(choice)).data
        return Truths((found != node.negated) & numbers.ok, numbers.ok, numbers.faults)


def _first_column(node: Node) -> str:
    from .tree import columns_of

    return next(iter(columns_of(node)), "")


def _as_texts(operator: str, left: Node, right: Node) -> bool:
    kinds = {kind(left), kind(right)}
    return operator in ("==", "!=") and kinds <= {"text", "column"}


def _same(operator: str, left: Texts, right: Texts) -> Truths:
    import pyarrow.compute as pc

    ok = left.present & right.present
    equal = np.asarray(pc.equal(left.array, right.array).fill_null(False))
    return Truths((equal if operator == "==" else ~equal) & ok, ok)


def _compared(operator: str, left: Numbers, right: Numbers) -> Truths:
    first, second, _ = num.aligned(left, right)
    found: dict[str, Any] = {
        "==": np.equal,
        "!=": np.not_equal,
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
    }
    ok = left.ok & right.ok
    data = np.asarray(found[operator](first, second), dtype=np.bool_) & ok
    return Truths(data, ok, left.faults + right.faults)


def _joined(operator: str, left: Truths, right: Truths) -> Truths:
    deciding = operator == "or"
    decided = (left.ok & (left.data == deciding)) | (right.ok & (right.data == deciding))
    ok = decided | (left.ok & right.ok)
    data = decided if deciding else ok & ~decided
    return Truths(cast(Bools, data), ok, within(left.faults + right.faults, ~decided))
