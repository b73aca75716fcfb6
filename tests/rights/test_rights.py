"""A right to terminate from its opening to its end."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from contracts.models import User
from contracts.selectors.scope import EVERYTHING, Scope, visible_to
from kpotracker.toolkit.stamping import stamp
from metrics.alerts.reminders import reminders_note
from metrics.chores import CHORES
from metrics.models import AlertEvent, KpiPeriod, TerminationRight
from metrics.reviews.dates.entries import entries_of
from metrics.rights import opening
from metrics.rights.due import rights_due
from metrics.rights.moving import right_move
from metrics.rights.opening import contract_follow, rights_follow
from metrics.rights.reading import rights_list
from metrics.rights.rules import rule_add, rule_correct
from tests import factories
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db
START = date(2026, 1, 1)
State = TerminationRight.State


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@pytest.fixture
def contract():
    return factories.a_contract(factories.a_vendor("acme"), "AC-1", title="Claims review")


@pytest.fixture
def kpi(contract):
    return factories.a_kpi(contract, "accuracy", level={"minimum": "90", "kind": "critical"})


@pytest.fixture
def rule(contract):
    values = {"kind": "consecutive", "count": 3, "expiry_days": 30, "clause": "14.2"}
    return rule_add(contract=contract, code="chronic", valid_from=START, **values)


def judged(kpi, verdicts: str):
    """F failed, . met; final on the sixth of the month that follows, from January 2026 on."""
    return [_judged(kpi, number, each) for number, each in enumerate(verdicts, start=1)]


def _judged(kpi, month: int, verdict: str):
    status, value = ("BELOW_MINIMUM", "80") if verdict == "F" else ("MET", "96")
    final_at = datetime(2026, month + 1, 6, 5, tzinfo=UTC)
    return factories.a_figure(
        kpi, date(2026, month, 1), value, status, period={"final_at": final_at}
    )


def restated(head: KpiPeriod, value: str, status: str) -> None:
    """Another figure, stamped as every service does."""
    factories.a_revision(head, value, status)
    stamp(KpiPeriod, [head.pk])


def the_right() -> TerminationRight:
    return TerminationRight.objects.get()


def procurement() -> User:
    return factories.a_user("paula", User.Role.PROCUREMENT)


def buyer() -> Scope:
    return visible_to(procurement())


def test_a_right_that_lapses(kpi, rule):
    judged(kpi, "FFF")
    rights_follow(at(date(2026, 4, 6)))
    opened = the_right()
    assert (opened.state, opened.trigger) == (
        State.OPEN,
        ["2026-01-01", "2026-02-01", "2026-03-01"],
    )
    assert (opened.opened_on, opened.expires_on) == (date(2026, 4, 6), date(2026, 5, 6))

    rights_follow(at(date(2026, 5, 6)))
    assert the_right().state == State.OPEN  # its last day

    rights_follow(at(date(2026, 5, 7)))
    right = the_right()
    assert right.state == State.LAPSED
    assert [(step.from_state, step.to_state) for step in right.steps.all()] == [
        ("", "open"),
        ("open", "lapsed"),
    ]
    with pytest.raises(ValidationError, match="It is lapsed already"):
        right_move(right=right, to=State.EXERCISED, scope=buyer(), reason="x", as_of=at(START))


def test_its_days_are_those_of_the_contracts_zone(kpi, rule, contract):
    contract.zone = "America/Los_Angeles"
    contract.save()
    judged(kpi, "FFF")  # 05:00 UTC on the sixth, 22:00 on the fifth there
    rights_follow(at(date(2026, 4, 6)))
    assert (the_right().opened_on, the_right().expires_on) == (date(2026, 4, 5), date(2026, 5, 5))

    evening = datetime(2026, 5, 6, 4, tzinfo=UTC)
    rights_follow(evening)
    assert the_right().state == State.OPEN  # 21:00 on its last day
    right_move(right=the_right(), to=State.WAIVED, scope=buyer(), reason="x", as_of=evening)


def test_doing_the_chore_again_changes_nothing(kpi, rule):
    judged(kpi, "FFF")
    moved = [rights_follow(at(date(2026, 4, 6))) for _ in range(3)]

    assert moved == [1, 0, 0]
    assert CHORES["rights to terminate"] is rights_follow


def test_a_contract_where_nothing_changed_is_not_looked_at(kpi, rule, monkeypatch):
    head, *_ = judged(kpi, "FFF")
    seen = []
    monkeypatch.setattr(
        opening,
        "contract_follow",
        lambda **given: seen.append(given["contract"]) or follow(**given),
    )
    follow = contract_follow
    for _ in range(3):
        rights_follow(at(date(2026, 4, 6)))
    assert len(seen) == 1

    stamp(KpiPeriod, [head.pk])
    rights_follow(at(date(2026, 4, 7)))
    assert len(seen) == 2


def test_one_contract_that_fails_is_tried_again_and_others_go_on(kpi, rule, monkeypatch):
    judged(kpi, "FFF")
    broken = factories.a_contract(kpi.contract.vendor, "AC-0")
    rule_add(contract=broken, code="x", valid_from=START, kind="consecutive", count=2)
    follow = contract_follow

    def failing(**given):
        if given["contract"] == broken:
            raise RuntimeError("no")
        return follow(**given)

    with monkeypatch.context() as patched:
        patched.setattr(opening, "contract_follow", failing)
        assert rights_follow(at(date(2026, 4, 6))) == 1
    assert rights_due().contracts == (broken.pk,)


def test_two_failures_open_nothing_and_neither_does_what_is_not_final(kpi, rule):
    *_, last = judged(kpi, "FFF")
    last.phase = last.Phase.PROVISIONAL
    last.save()

    assert rights_follow(at(date(2026, 4, 6))) == 0


def test_a_level_that_is_not_critical_counts_where_its_kpi_is_named(contract, kpi, rule):
    other = factories.a_kpi(contract, "speed", level={"minimum": "90", "kind": "key"})
    judged(other, "FFF")
    assert rights_follow(at(date(2026, 4, 6))) == 0

    values = {"kind": "consecutive", "count": 3, "scope": "kpis"}
    rule_add(contract=contract, code="named", valid_from=START, kpis=[other], **values)
    rights_follow(at(date(2026, 4, 6)))

    assert (the_right().rule.code, the_right().expires_on) == ("named", None)


def test_a_restatement_cures_an_open_right_and_another_one_opens_it_again(kpi, rule):
    *_, last = judged(kpi, "FFF")
    rights_follow(at(date(2026, 4, 6)))

    restated(last, "96", "MET")
    rights_follow(at(date(2026, 4, 8)))
    assert the_right().state == State.WITHDRAWN

    restated(last, "80", "BELOW_MINIMUM")
    rights_follow(at(date(2026, 4, 9)))
    right = the_right()
    assert (right.state, right.opened_on) == (State.OPEN, date(2026, 4, 6))


def test_what_was_exercised_stays_exercised_whatever_is_restated(kpi, rule):
    *_, last = judged(kpi, "FFF")
    rights_follow(at(date(2026, 4, 6)))
    exercised = {"to": State.EXERCISED, "scope": buyer(), "reason": "Three in a row."}
    right_move(right=the_right(), as_of=at(date(2026, 4, 7)), **exercised)

    restated(last, "96", "MET")
    rights_follow(at(date(2026, 5, 30)))

    assert the_right().state == State.EXERCISED
    assert the_right().steps.last().by == "paula"


def test_a_failure_waived_with_its_place_in_the_count_opens_nothing(kpi, rule):
    first, *_ = judged(kpi, "FFF")
    factories.a_case(first, "waived", waiver_scope="credit_and_repetition")

    assert rights_follow(at(date(2026, 4, 6))) == 0


def test_a_later_line_holds_from_its_day_on(contract, kpi, rule):
    rule_add(
        contract=contract, code="chronic", valid_from=date(2026, 4, 1), kind="consecutive", count=2
    )
    judged(kpi, ".FF.FF")
    rights_follow(at(date(2026, 7, 6)))

    assert [right.trigger for right in TerminationRight.objects.all()] == [
        ["2026-05-01", "2026-06-01"]
    ]


def test_a_line_that_a_right_rests_on_is_not_rewritten(contract, kpi, rule):
    judged(kpi, "FFF")
    rights_follow(at(date(2026, 4, 6)))

    with pytest.raises(ValidationError, match="add a line of chronic with a later valid_from"):
        rule_correct(rule=rule, count=4)
    with pytest.raises(ValidationError, match="begin later"):
        rule_add(
            contract=contract,
            code="chronic",
            valid_from=date(2026, 2, 1),
            kind="consecutive",
            count=9,
        )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "n_of_m", "count": 3}, "is less than count"),
        ({"kind": "rolling_average", "count": 3}, "belongs to a rolling average"),
        ({"kind": "consecutive", "count": 3, "scope": "kpis"}, "Name KPIs"),
        ({"kind": "accumulated_credits", "count": 12}, "stated in no way, or in two"),
        (
            {"kind": "accumulated_credits", "count": 12, "threshold": "10", "amount_minor": 5},
            "stated in no way, or in two",
        ),
        ({"kind": "accumulated_credits", "count": 12, "threshold": "0"}, "state more than 0"),
        ({"kind": "credits_at_cap", "count": 3}, "is less than count"),
        ({"kind": "credits_at_cap", "count": 3, "of": 6, "scope": "kpis"}, "the whole contract"),
        ({"kind": "consecutive", "count": 3, "amount_minor": 5}, "means nothing for"),
    ],
)
def test_a_clause_that_contradicts_itself_is_refused(contract, values, said):
    with pytest.raises(ValidationError, match=said):
        rule_add(contract=contract, code="x", valid_from=START, **values)


def test_a_right_is_moved_by_people_with_a_reason_while_it_is_open(kpi, rule):
    judged(kpi, "FFF")
    rights_follow(at(date(2026, 4, 6)))
    scope = buyer()
    for given, said in (
        ({"to": State.LAPSED, "reason": "x"}, "not lapsed by hand"),
        ({"to": State.WAIVED, "reason": " "}, "Say why"),
    ):
        with pytest.raises(ValidationError, match=said):
            right_move(right=the_right(), scope=scope, as_of=at(date(2026, 4, 7)), **given)
    late = at(date(2026, 5, 7))
    with pytest.raises(ValidationError, match="Its last day was 2026-05-06"):
        right_move(right=the_right(), to=State.WAIVED, scope=scope, reason="x", as_of=late)


def test_the_vendor_sees_a_right_once_it_is_exercised(contract, kpi, rule):
    judged(kpi, "FFF")
    rights_follow(at(date(2026, 4, 6)))
    alice = visible_to(factories.a_user("alice", User.Role.VENDOR, (contract.vendor,)))
    assert not rights_list(alice).exists()
    assert rights_list(EVERYTHING).exists()

    exercised = {"to": State.EXERCISED, "scope": buyer(), "reason": "Three in a row."}
    right_move(right=the_right(), as_of=at(date(2026, 4, 7)), **exercised)

    assert rights_list(alice).exists()


def test_people_are_told_when_it_opens_and_before_it_lapses(kpi, rule):
    judged(kpi, "FFF")
    rights_follow(at(date(2026, 4, 6)))
    for days in (0, 1, 16, 17, 30):
        reminders_note(now=at(date(2026, 4, 6)) + timedelta(days=days))

    titles = [event.facts["title"] for event in AlertEvent.objects.order_by("id")]
    assert titles == [
        "Right to terminate opened: AC-1",
        "Right to terminate lapses in 14 days: AC-1",
    ]
    assert all(AlertEvent.objects.values_list("is_internal", flat=True))


def test_its_last_day_stands_in_the_calendar_of_buyers_alone(contract, kpi, rule):
    judged(kpi, "FFF")
    now = at(date(2026, 4, 6))
    rights_follow(now)
    alice = factories.a_user("alice", User.Role.VENDOR, (contract.vendor,))
    said = "Last day to exercise the right to terminate: Claims review"

    assert [entry.day for entry in entries_of(procurement(), now) if entry.title == said] == [
        date(2026, 5, 6)
    ]
    assert said not in [entry.title for entry in entries_of(alice, now)]


def test_a_right_is_exercised_on_its_page(contract, kpi, rule):
    rule.expiry_days = None
    rule.save()
    judged(kpi, "FFF")
    rights_follow(at(date(2026, 4, 6)))
    paula, alice = Client(), Client()
    paula.force_login(procurement())
    alice.force_login(factories.a_user("alice", User.Role.VENDOR, (contract.vendor,)))
    page = f"/rights/{the_right().pk}/"

    assert alice.get(page).status_code == 404
    assert "Exercise it" in text_of(paula.get(page))
    assert "Claims review" in text_of(paula.get("/rights/"))
    assert "3 failures in a row" in text_of(paula.get("/contracts/AC-1/termination/"))
    moved = paula.post(f"{page}exercise/", {"reason": "Three in a row."}, follow=True)
    assert "The right is exercised." in text_of(moved)
    assert alice.get(page).status_code == 200
    assert "Three in a row" not in text_of(alice.get(page))


def test_the_command_lists_rights(kpi, rule, capsys):
    judged(kpi, "FFF")
    rights_follow(at(date(2026, 4, 6)))

    call_command("rights", "--state", "open", "--format", "csv")

    assert "open,acme,AC-1,14.2,Failures in a row,accuracy,2026-03" in capsys.readouterr().out
