"""Notice, options, obligations and termination clauses in portfolio files."""

from collections.abc import Callable
from datetime import date

import pytest

from contracts.models import Contract, ContractOption, Obligation
from contracts.services.obligations import obligation_fulfil
from metrics.models import TerminationRule
from tests.portfolio.conftest import NOW, PORTFOLIO, Apply, with_change

pytestmark = pytest.mark.django_db
NOTICE = "notice: {length: 3, unit: months}"
Said = Callable[..., list[str]]


def stated(*lines: str) -> str:
    """The portfolio whose contract also says ``lines``."""
    return with_change((NOTICE, "\n    ".join((NOTICE, *lines))))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("options: [{number: 1, description: x}]", "an option extends by months or until a day"),
        ("obligations: [{code: a, title: b}]", "it is due first on a day or by an event"),
        (
            "obligations: [{code: a, title: b, event: last_day_to_serve}]",
            "the vendor does not see notice dates",
        ),
        (
            "termination: [{code: a, valid_from: 2025-01-01, kind: accumulated_credits, count: 1}]",
            "at_least goes with kind accumulated_credits",
        ),
        (
            "termination: [{code: a, valid_from: 2025-01-01, kind: credits_at_cap, count: 2}]",
            "of goes with kinds n_of_m and credits_at_cap",
        ),
        (
            "termination: [{code: a, valid_from: 2025-01-01, kind: n_of_m, count: 2}]",
            "of goes with kinds n_of_m and credits_at_cap",
        ),
        (
            "termination: [{code: a, valid_from: 2025-01-01, kind: credits_at_cap, count: 2, of: 4, scope: kpis, kpis: [speed]}]",
            "credits are the contract's",
        ),
        (
            "termination: [{code: a, valid_from: 2025-01-01, kind: accumulated_credits, count: 2, at_least: {amount: 1.001}}]",
            "has more decimals than",
        ),
        (
            "termination: [{code: a, valid_from: 2025-01-01, amendment: 9, kind: consecutive, count: 2}]",
            "amendment 9 is not among the contract's",
        ),
        (
            "termination: [{code: a, valid_from: 2025-01-01, kind: consecutive, count: 2, scope: kpis, kpis: [no]}]",
            "'no' is not a KPI of AC-1",
        ),
    ],
)
def test_a_slip_is_named_with_the_way_out(line: str, expected: str, said: Said) -> None:
    found = said(stated(line))

    assert any(expected in each for each in found), found


def test_notice_that_names_no_working_days_is_refused(said: Said) -> None:
    found = said(with_change((NOTICE, "notice: {length: 3, unit: months, working_day: true}")))

    assert any("working_day goes with the calendar or the country" in each for each in found)


def test_what_is_stated_is_stored_once_and_what_was_done_stays(apply_text: Apply) -> None:
    text = stated(
        "obligations: [{code: soc2, title: Report, first_due: 2026-01-31}]",
        "termination: [{code: chronic, valid_from: 2025-01-01, kind: consecutive, count: 3}]",
    )
    apply_text(text)
    owed = Obligation.objects.get()
    day = date(2026, 1, 31)
    obligation_fulfil(obligation=owed, due_on=day, done_on=day, as_of=NOW)

    again = apply_text(text)
    moved = apply_text(text.replace("2026-01-31", "2026-06-30"))

    assert again.effective == ()
    assert [change.code for change in moved.effective] == ["AC-1 obligation soc2"]
    assert TerminationRule.objects.get().count == 3
    assert Obligation.objects.get().first_due == date(2026, 6, 30)
    assert owed.outcomes.get().due_on == day


def test_an_option_that_the_file_says_was_exercised_is_exercised_once(apply_text: Apply) -> None:
    text = with_change(
        ("renewal: {kind: auto, months: 12", "renewal: {kind: option, months: 12"),
        (NOTICE, f"{NOTICE}\n    options: [{{number: 1, description: First, months: 12}}]"),
    )
    apply_text(text)
    assert ContractOption.objects.get().is_open

    for _ in range(2):
        apply_text(text.replace("First, months: 12}", "First, months: 12, exercised: 2026-04-01}"))

    assert ContractOption.objects.get().exercised_on == date(2026, 4, 1)
    assert Contract.objects.get(reference="AC-1").last_day == date(2027, 9, 30)


def test_the_portfolio_these_start_from_states_a_notice() -> None:
    assert NOTICE in PORTFOLIO
