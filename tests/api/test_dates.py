"""Contract dates, options, obligations and rights to terminate over REST."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from tests import factories
from tests.api.world import Program, a_program, found

pytestmark = pytest.mark.django_db
TODAY = datetime.now(UTC).date()


@pytest.fixture
def contract():
    return factories.a_contract(
        factories.a_vendor("acme"),
        "AC-1",
        last_day=date(2098, 12, 31),
        renewal="option",
        notice_length=3,
        notice_unit="months",
        notice_lead_days=30,
    )


@pytest.fixture
def manage() -> Program:
    return a_program("manage", "read")


def sent(program: Program, path: str, status: int, **body):
    text = json.dumps(body)
    answer = program.call("POST", f"/api/v1/{path}", data=text, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_an_option_is_noted_and_exercised_and_the_term_follows(contract, manage):
    new = {"contract": "AC-1", "description": "First", "extends_months": 12}
    option = sent(manage, "contract-options", 201, **new)
    before = manage.get("/api/v1/contracts/AC-1/dates").json()
    sent(manage, f"contract-options/{option['id']}/exercise", 200, day=str(TODAY))
    after = manage.get("/api/v1/contracts/AC-1/dates").json()

    assert before["purpose"] == "Last day to exercise the option"
    assert (before["act_by"], before["decide_by"]) == ("2098-09-30", "2098-08-31")
    assert before["option"]["extends_to"] == "2099-12-31"
    assert (before["term"]["last_day"], after["term"]["last_day"]) == ("2098-12-31", "2099-12-31")
    sent(manage, f"contract-options/{option['id']}/decline", 400, day=str(TODAY))


def test_vendors_see_neither_dates_nor_options(contract, manage):
    new = {"contract": "AC-1", "description": "First", "extends_months": 12}
    option = sent(manage, "contract-options", 201, **new)
    theirs = a_program("read", vendor=contract.vendor)

    assert theirs.get("/api/v1/contracts/AC-1/dates").status_code == 404
    assert theirs.get(f"/api/v1/contract-options/{option['id']}").status_code == 404
    assert found(theirs, "contract-options") == []
    shown = theirs.get("/api/v1/contracts/AC-1").json()
    assert (shown["notice_lead_days"], shown["notice_length"]) == (None, None)


def test_an_obligation_is_noted_fulfilled_and_shown_with_its_due_days(contract, manage):
    soon = TODAY - timedelta(days=2)
    new = {"code": "soc2", "title": "Report", "contract": "AC-1", "first_due": str(soon)}
    sent(manage, "obligations", 201, **new)

    done = sent(manage, "obligations/soc2/fulfil", 201, due_on=str(soon), done_on=str(soon))
    (due,) = manage.get("/api/v1/obligations/soc2/due").json()["results"]

    assert done == due
    assert done["by"].startswith("key test")
    assert (due["standing"], due["done_on"], due["by"]) == ("fulfilled", str(soon), done["by"])
    again = {"due_on": str(soon), "reason": "x"}
    assert (
        "dealt with" in sent(manage, "obligations/soc2/waive", 400, **again)["errors"][0]["detail"]
    )


def test_a_vendors_program_sees_its_obligations_without_who_sees_to_them(contract, manage):
    for code, inside in (("soc2", False), ("secret", True)):
        new = {"code": code, "title": "Report", "contract": "AC-1", "first_due": "2026-01-31"}
        sent(manage, "obligations", 201, owner="Dana", is_internal=inside, **new)
    theirs = a_program("read", vendor=contract.vendor)

    assert [(row["code"], row["owner"]) for row in found(theirs, "obligations")] == [("soc2", None)]
    assert theirs.get("/api/v1/obligations/secret").status_code == 404


def test_a_vendor_reads_a_right_once_it_is_exercised(contract):
    kpi = factories.a_kpi(contract, "accuracy")
    head = factories.a_figure(kpi, date(2026, 3, 1), "80", "BELOW_MINIMUM")
    rule = contract.termination_rules.create(
        code="chronic", valid_from=date(2026, 1, 1), kind="consecutive", count=1
    )
    right = contract.termination_rights.create(
        rule=rule, period=head, trigger=["2026-03-01"], opened_on=date(2026, 4, 6)
    )
    ours, theirs = a_program("read"), a_program("read", vendor=contract.vendor)

    assert [row["kpi"] for row in found(ours, "termination-rights", state="open")] == ["accuracy"]
    assert found(theirs, "termination-rights") == []
    right.state = "exercised"
    right.save()
    assert [row["state"] for row in found(theirs, "termination-rights")] == ["exercised"]
    assert [row["code"] for row in found(theirs, "termination-rules")] == ["chronic"]
