"""A contract lived through month by month: rows arrive on the second, and on the tenth of each
month everything that time brings about is done."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.models import Approval, User
from contracts.services.approvals import approval_decide
from metrics.chores import chores_run
from metrics.credits.verifying import ledgers_verify
from metrics.evaluation.approvals import restatement_request
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import as_row, verify_all
from metrics.models import BreachCase, CreditEntry, KpiPeriod
from tests.credits.ledger import World
from tests.factories import a_user

DAY = timedelta(days=1)


def on(month: int, day: int = 10) -> datetime:
    """A morning; months are counted from January 2026."""
    return datetime(2026 + (month - 1) // 12, (month - 1) % 12 + 1, day, 9, tzinfo=UTC)


@dataclass
class Life(World):
    """A contract from its first month on. Months of a KPI are those of its promise."""

    def live(self, *months: int) -> None:
        """Pass the ends of these months; months are counted from 1."""
        for month in months:
            self._hear(month)
            self.pass_time(on(month + 1))

    def _hear(self, month: int) -> None:
        moment = on(month + 1, 2)
        for code, promise in self.promises.items():
            if len(promise.months) >= month and promise.months[month - 1] is not None:
                self.deliver(code, promise.months[:month], moment)
        sweep(as_of=moment)

    def pass_time(self, moment: datetime) -> None:
        sweep(as_of=moment)
        assert chores_run(as_of=moment) == []


def person(name: str) -> User:
    return User.objects.filter(username=name).first() or a_user(name, User.Role.OPERATIONS)


def agree(approval: Approval, moment: datetime) -> None:
    """A second person agrees."""
    approval_decide(approval=approval, approve=True, decided_by=person("otto"), as_of=moment)


def restated(head: KpiPeriod, moment: datetime, reason: str = "a typing error") -> None:
    """One person asks for a restatement and a second one agrees."""
    request = restatement_request(period=head, reason=reason, requested_by=person("olga"))
    agree(request, moment)


def case_of(head: KpiPeriod) -> BreachCase:
    return BreachCase.objects.get(period=head)


def posted() -> list[tuple[str, str, int]]:
    """(month of service, kind, whole units) of every posting in order."""
    rows = CreditEntry.objects.order_by("id").values_list("first_day", "kind", "amount_minor")
    return [(f"{day:%Y-%m}", kind, minor // 100) for day, kind, minor in rows]


def nothing_differs(moment: datetime) -> bool:
    """Whether every figure is what its rows give, and every ledger what it follows from."""
    figures = [as_row(difference) for difference in verify_all()]
    assert (figures, list(ledgers_verify(as_of=moment))) == ([], [])
    return True
