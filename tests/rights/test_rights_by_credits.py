"""Rights to terminate that service credits open: what they come to, and how often they are at the cap."""

from pathlib import Path

import pytest
from django.test import Client

from contracts.models import User
from metrics.evaluation.verifying import verify_all
from metrics.models import TerminationRight
from metrics.rights.opening import rights_follow
from tests import factories
from tests.api.world import a_program
from tests.credits.ledger import NOW, Promise, World
from tests.pages.reading import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]
FIXED = "{rule: fixed_per_incident, amount: 1000, count: failure}"
State = TerminationRight.State


def a_world(folder: Path, months: str, clause: str, terms: str, charge: str = "10000") -> World:
    """F failed, f too, by another figure, . met; each failure gives 1,000.00 USD."""
    more = f"    termination: [{{code: credits, valid_from: 2026-01-01, {clause}}}]\n"
    promise = Promise(_figures(months), "95", FIXED)
    made = World(folder, {"sla": promise}, terms=terms, charge=charge, more=more)
    made.begin()
    rights_follow(NOW)
    return made


def _figures(months: str) -> list[str]:
    return [{"F": "90", "f": "89", ".": "99"}[each] for each in months]


def corrected(world: World, months: str) -> None:
    world.restate("sla", _figures(months))
    rights_follow(NOW)


def rests_on() -> list[list[str]]:
    """Months of each right that is open, in order."""
    rights = TerminationRight.objects.filter(state=State.OPEN).order_by("credit_period")
    return [[day[:7] for day in right.trigger] for right in rights]


UNCAPPED = "{at_risk: {amount: 5000}}"
CAPPED = "{at_risk: {amount: 5000}, period_cap: {amount: 1000}}"


@pytest.mark.parametrize(
    ("months", "least", "expected"),
    [
        (".F.F", "{amount: 2000}", [["2026-02", "2026-04"]]),
        (".F.F", "{amount: 2000.01}", []),
        ("F...F", "{amount: 2000}", []),  # four periods from the first to the last one
        ("FF", "{amount: 2000}", [["2026-01", "2026-02"]]),
        (".F.F", "{percent: 5}", [["2026-02", "2026-04"]]),  # 2,000 of 40,000
        (".F.F", "{percent: 5.1}", []),
        ("FF", "{percent: 5}", []),  # not four periods yet
    ],
)
def test_what_the_credits_of_some_periods_come_to(
    tmp_path: Path, months: str, least: str, expected: list[list[str]]
) -> None:
    clause = f"kind: accumulated_credits, count: 4, at_least: {least}"
    a_world(tmp_path, months, clause, UNCAPPED)
    assert rests_on() == expected


def test_a_share_of_charges_waits_for_charges_that_are_not_known(tmp_path: Path) -> None:
    clause = "kind: accumulated_credits, count: 4, at_least: {percent: 5}"
    world = a_world(tmp_path, ".F.F", clause, UNCAPPED, charge="")
    assert rests_on() == []

    world.charge = "10000"
    world.state()
    world.follow()
    rights_follow(NOW)
    assert rests_on() == [["2026-02", "2026-04"]]


@pytest.mark.parametrize(
    ("months", "terms", "expected"),
    [
        ("F.F", CAPPED, [["2026-01", "2026-03"]]),
        ("F..F", CAPPED, []),
        ("F.F", UNCAPPED, []),
        (
            "F.F",
            "{at_risk: {amount: 400}}",
            [["2026-01", "2026-03"]],
        ),  # cut, without a cap of its own
    ],
)
def test_how_often_credits_are_at_their_cap(
    tmp_path: Path, months: str, terms: str, expected: list[list[str]]
) -> None:
    a_world(tmp_path, months, "kind: credits_at_cap, count: 2, of: 3", terms)
    assert rests_on() == expected


@pytest.mark.parametrize(
    ("clause", "terms"),
    [
        ("kind: accumulated_credits, count: 3, at_least: {amount: 2000}", UNCAPPED),
        ("kind: credits_at_cap, count: 2, of: 3", CAPPED),
    ],
)
def test_a_correction_of_the_ledger_cures_and_opens_again(
    tmp_path: Path, clause: str, terms: str
) -> None:
    world = a_world(tmp_path, "F.F", clause, terms)
    right = TerminationRight.objects.get()
    assert (right.state, right.period, str(right.credit_period)) == ("open", None, "2026-03-01")
    assert right.opened_on == NOW.date()  # when the credits were posted

    corrected(world, "..F")
    right.refresh_from_db()
    assert right.state == State.WITHDRAWN
    assert "credits it rested on were corrected" in right.steps.last().reason

    corrected(world, "f.F")  # the same bytes as before would be the first delivery again
    right.refresh_from_db()
    assert (right.state, TerminationRight.objects.count()) == (State.OPEN, 1)
    assert list(verify_all()) == []


def test_nothing_is_recomputed_where_no_entry_was_posted(tmp_path: Path) -> None:
    a_world(tmp_path, "F.F", "kind: credits_at_cap, count: 2, of: 3", CAPPED)
    assert rights_follow(NOW) == 0


def test_pages_and_programs_tell_what_it_rests_on(tmp_path: Path) -> None:
    a_world(
        tmp_path, "F.F", "kind: accumulated_credits, count: 3, at_least: {amount: 2000}", UNCAPPED
    )
    right = TerminationRight.objects.get()
    client = Client()
    client.force_login(factories.a_user("paula", User.Role.PROCUREMENT))

    shown = text_of(client.get(f"/rights/{right.pk}/"))
    assert "Service credits of the periods from 1 Jan 2026, 1 Mar 2026" in shown
    assert "2026-03" in text_of(client.get("/rights/"))
    clauses = text_of(client.get("/contracts/AC-1/termination/"))
    assert "credits of 3 periods come to 2,000.00 USD" in clauses
    assert "service credits of the contract" in clauses

    reader = a_program("read")
    told = reader.get(f"/api/v1/termination-rights/{right.pk}").json()
    assert (told["kpi"], told["periods"]) == (None, ["2026-01-01", "2026-03-01"])
    (rule,) = reader.get("/api/v1/termination-rules").json()["results"]
    assert (rule["at_least_minor"], rule["at_least_percent"], rule["worse_than"]) == (
        200_000,
        None,
        None,
    )
