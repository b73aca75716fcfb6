"""No float and no rounded division on the way of money: read in the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import ROOT

# The way of an amount: from a charge as it is stated to postings, notes, letters, pages and programs.
# contracts/api/charges.py is not among them: its JSON number stands beside the exact amount_minor.
WAY = (
    "contracts/models/contracts.py",
    "contracts/pages/tags.py",
    "contracts/services/contracts.py",
    "contracts/services/currencies.py",
    "metrics/api/credits.py",
    "metrics/api/invoices.py",
    "metrics/bi/money.py",
    "metrics/credits",
    "metrics/engine/credits",
    "metrics/letters",
    "metrics/management/commands/creditnote.py",
    "metrics/management/commands/credits.py",
    "metrics/models/creditnotes.py",
    "metrics/models/credits.py",
    "metrics/pages/credit_rows.py",
    "metrics/pages/credits.py",
    "metrics/pages/invoice_checks.py",
    "metrics/pages/money_panels.py",
    "metrics/portfolio/checks/contracts.py",
    "metrics/portfolio/exporting/credits.py",
    "metrics/portfolio/reconcile/contracts.py",
    "metrics/portfolio/reconcile/credits.py",
    "metrics/portfolio/shapes/credits.py",
    "metrics/selectors/credits.py",
)


def files_of(place: str) -> list[Path]:
    path = ROOT / place
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


FILES = [file for place in WAY for file in files_of(place)]


def slips(tree: ast.AST) -> Iterator[str]:
    """Float literals, ``float``, and divisions whose left side is not plainly exact."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"line {node.lineno}: {node.value}"
        if isinstance(node, ast.Name) and node.id == "float":
            yield f"line {node.lineno}: float"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_whole(node.left):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def _is_whole(node: ast.expr) -> bool:
    """Whether this is an int: a literal, a count, a length, or whole minor units."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int)
    if isinstance(node, ast.Attribute):
        return node.attr in {"minor", "count", "amount_minor", "numerator", "denominator"}
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"int", "len", "round"}
    if isinstance(node, ast.BinOp):
        return _is_whole(node.left) and _is_whole(node.right)
    return False


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_money_is_computed_exactly(file: Path) -> None:
    found = list(slips(ast.parse(file.read_text(encoding="utf-8"))))
    divisor_is_a_fraction = [each for each in found if "1 / Fraction(" not in each]
    assert divisor_is_a_fraction == []


@pytest.mark.parametrize(
    "slip", ["x = 0.5", "x = float(y)", "x = 1 / 3", "x = a.minor / 2", "x = len(y) / 2"]
)
def test_a_slip_would_be_found(slip: str) -> None:
    assert list(slips(ast.parse(slip)))


@pytest.mark.parametrize("exact", ["x = Fraction(1, 3)", "x = amount * percent / 100"])
def test_exact_arithmetic_is_none(exact: str) -> None:
    assert not list(slips(ast.parse(exact)))
