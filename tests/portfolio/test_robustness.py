"""Whatever a file says, applying it works or says what is wrong: it never falls over."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.portfolio import PortfolioError, Problem, apply
from tests.portfolio.conftest import NOW, PORTFOLIO

LINES = PORTFOLIO.splitlines()
VALUES = [match.span(1) for match in re.finditer(r": ?([^\s,{}\[\]]+)", PORTFOLIO)]
JUNK = [
    *("", "~", "true", "-1", "0", "99999999999999999999", "1.5", "0.0000000001", "1e9", "NaN"),
    *("2026-02-29", "0001-01-01", "9999-12-31", "[]", "{}", "[[1]]", "{a: {b: 1}}", "'{'", '"\\t"'),
    *('"é∞"', "x" * 300, "{kpi: 1}", '"{}"', '"a b"', "within", "acme", "AC-1", "day", "Factory"),
]


def removed(first: int, count: int) -> str:
    return "\n".join(LINES[:first] + LINES[first + count :])


def replaced(place: int, junk: str) -> str:
    begin, end = VALUES[place]
    return PORTFOLIO[:begin] + junk + PORTFOLIO[end:]


MUTATIONS = st.one_of(
    st.builds(removed, st.integers(0, len(LINES) - 1), st.integers(1, 6)),
    st.builds(replaced, st.integers(0, len(VALUES) - 1), st.sampled_from(JUNK)),
)


@pytest.mark.django_db
@given(text=MUTATIONS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_file_is_applied_or_refused_with_its_places(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    for found in problems_of(file):
        assert found.message
        assert found.line >= 1


def problems_of(file: Path) -> tuple[Problem, ...]:
    try:
        apply(paths=[file], as_of=NOW, plan_only=True)
    except PortfolioError as error:
        return error.problems
    return ()
