"""What the shape of an entry cannot tell: references, dates, numbers and rules taken together."""

from collections.abc import Iterator

from metrics.portfolio.checks.calendars import calendar_problems
from metrics.portfolio.checks.contracts import contract_problems
from metrics.portfolio.checks.feeds import feed_problems
from metrics.portfolio.checks.kpis import kpi_problems
from metrics.portfolio.checks.levels import level_problems
from metrics.portfolio.items import Portfolio
from metrics.portfolio.known import Known
from metrics.portfolio.problems import Problem


def cross_check(portfolio: Portfolio, known: Known) -> Iterator[Problem]:
    """Every problem of the entries that have the right shape."""
    for calendar in portfolio.calendars:
        yield from calendar_problems(calendar)
    for contract in portfolio.contracts:
        yield from contract_problems(contract, known)
    for process in portfolio.processes:
        yield from known.refuse_unknown(
            process.place, "contracts", process.shape.contract, "contract"
        )
    for kpi in portfolio.kpis:
        yield from kpi_problems(kpi, known)
        yield from level_problems(kpi, known)
    yield from feed_problems(portfolio, known)
