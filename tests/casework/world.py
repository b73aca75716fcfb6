"""A case to work on, and the people around it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from contracts.models import User
from contracts.selectors.scope import Scope, visible_to
from metrics.casework.moves import Move
from metrics.casework.moving import case_move
from metrics.models import BreachCase, CaseTransition, Kpi
from tests.factories import a_case, a_contract, a_figure, a_kpi, a_user, a_vendor

MARCH = date(2026, 3, 1)
OPENED = datetime(2026, 4, 6, 9, 0, tzinfo=UTC)
SOON = OPENED + timedelta(days=1)
DAY = timedelta(days=1)


@dataclass
class World:
    """Vendor acme with a failed KPI, vendor bolt with nothing, and a person of each role."""

    kpi: Kpi
    case: BreachCase
    people: dict[str, User]

    def scope(self, name: str) -> Scope:
        return visible_to(self.people[name], SOON.date())

    def move(self, move: Move, name: str, **given) -> CaseTransition:
        said = {"as_of": SOON, "reason": "said so"}
        return case_move(case_id=self.case.pk, move=move, scope=self.scope(name), **said | given)

    def state(self) -> str:
        return BreachCase.objects.get(pk=self.case.pk).state


def a_world(state: str = "open") -> World:
    acme, bolt = a_vendor("acme"), a_vendor("bolt")
    contract = a_contract(acme, "AC-1")
    a_contract(bolt, "BO-1")
    kpi = a_kpi(contract, "accuracy", name="Forecast accuracy")
    case = a_failure(kpi, MARCH, state)
    people = {role: a_user(role, role) for role in User.Role.values if role != "vendor"}
    people["second"] = a_user("second", User.Role.OPERATIONS)
    people["alice"] = a_user("alice", User.Role.VENDOR, (acme,))
    people["bob"] = a_user("bob", User.Role.VENDOR, (bolt,))
    return World(kpi, case, people)


def a_failure(kpi: Kpi, month: date, state: str = "open", value: str = "90") -> BreachCase:
    """A failed month of ``kpi`` with its case, born in ``state``."""
    head = a_figure(kpi, month, value, "BELOW_MINIMUM", shortfall="5")
    case = a_case(head, state, opened_at=OPENED)
    case.transitions.update(at=OPENED)
    return case
