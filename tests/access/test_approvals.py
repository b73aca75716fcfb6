"""Four eyes: a second person who may decide says yes or no, and only then it happens."""

import pytest
from django.core.exceptions import ValidationError

from contracts.models import Approval, User, Vendor
from contracts.selectors.duties import Duty
from contracts.services import approvals as service
from contracts.services.approvals import Decision, approval_request, decision_register
from contracts.services.deputies import deputy_name
from tests.access.conftest import signed_in
from tests.factories import a_user

pytestmark = pytest.mark.django_db
Role = User.Role
KIND = "paint-it-blue"


@pytest.fixture
def carried_out(monkeypatch) -> list[str]:
    """Registers a kind of request for this test; what was carried out stands in the list."""
    monkeypatch.setattr(service, "_DECISIONS", dict(service._DECISIONS))
    done: list[str] = []
    where = lambda request: f"/vendors/{request.payload['code']}/"  # noqa: E731
    decision_register(
        KIND, Decision("Paint it blue", Duty.DECIDE, lambda r: done.append(r.label), where=where)
    )
    return done


@pytest.fixture
def petra(db: None) -> User:
    return a_user("petra", Role.PROCUREMENT)


@pytest.fixture
def request_of_petra(petra: User, acme: Vendor, carried_out: list[str]) -> Approval:
    return approval_request(
        kind=KIND,
        instance=acme,
        reason="It looks better.",
        requested_by=petra,
        payload={"code": "acme", "shade": "navy"},
        vendor=acme,
    )


def decide(person: User, request: Approval, act: str, answer: str = "") -> str:
    path = f"/approvals/{request.pk}/"
    form = {"act": act, "answer": answer}
    return signed_in(person).post(path, form, follow=True).content.decode()


def inbox(person: User, show: str = "waiting") -> str:
    return signed_in(person).get(f"/approvals/?show={show}").content.decode()


def test_it_waits_with_whoever_may_decide_and_not_with_whoever_asked(
    request_of_petra: Approval, petra: User
) -> None:
    assert "Paint it blue" in inbox(a_user("otto", Role.OPERATIONS))
    assert "Nothing waits for you" in inbox(petra)
    assert "Nothing waits for you" in inbox(a_user("ana", Role.ANALYST))
    assert "Paint it blue" in inbox(petra, "mine")
    assert "Paint it blue" in inbox(a_user("ana2", Role.ANALYST), "all")


def test_the_page_shows_reason_payload_and_the_way_to_the_record(
    request_of_petra: Approval,
) -> None:
    shown = signed_in(a_user("ana")).get(f"/approvals/{request_of_petra.pk}/").content.decode()

    assert all(text in shown for text in ("It looks better.", "navy", 'href="/vendors/acme/"'))
    assert "Your role does not decide requests of this kind." in shown
    assert "Approve</button>" not in shown


def test_an_approved_request_is_carried_out_once(request_of_petra, carried_out) -> None:
    otto = a_user("otto", Role.OPERATIONS)

    assert "approved" in decide(otto, request_of_petra, "approve", "Go ahead.")
    assert carried_out == ["Acme Analytics"]
    assert "approved already" in decide(otto, request_of_petra, "approve")
    assert carried_out == ["Acme Analytics"]
    request_of_petra.refresh_from_db()
    assert (request_of_petra.decided_by, request_of_petra.answer) == (otto, "Go ahead.")
    assert "Paint it blue" in inbox(otto, "decided")


def test_a_refusal_needs_words_and_carries_nothing_out(request_of_petra, carried_out) -> None:
    otto = a_user("otto", Role.OPERATIONS)

    assert "Say why it is refused." in decide(otto, request_of_petra, "refuse")
    assert "refused" in decide(otto, request_of_petra, "refuse", "Too dark.")
    assert carried_out == []


@pytest.mark.parametrize(
    ("role", "said"),
    [(Role.ANALYST, "Your role does not decide"), (Role.COMPLIANCE, "Your role does not decide")],
)
def test_a_role_without_the_duty_does_not_decide_whatever_it_sends(
    request_of_petra, carried_out, role, said
) -> None:
    assert said in decide(a_user("eve", role), request_of_petra, "approve")
    assert carried_out == []


def test_whoever_asked_does_not_decide_and_may_take_it_back(
    request_of_petra, carried_out, petra
) -> None:
    assert "a second person has to decide" in decide(petra, request_of_petra, "approve").lower()
    assert "taken back" in decide(petra, request_of_petra, "withdraw")
    assert carried_out == []
    request_of_petra.refresh_from_db()
    assert request_of_petra.state == "withdrawn"


def test_nobody_takes_back_what_another_asked_for(request_of_petra) -> None:
    otto = a_user("otto", Role.OPERATIONS)

    assert "Only your own request" in decide(otto, request_of_petra, "withdraw")


def test_a_deputy_decides_in_the_absence_of_who_may(request_of_petra, carried_out) -> None:
    from django.utils import timezone

    today = timezone.now().date()
    otto, ana = a_user("otto", Role.OPERATIONS), a_user("ana")
    deputy_name(absent=otto, deputy=ana, first_day=today, last_day=today, today=today)

    assert "Paint it blue" in inbox(ana)
    decide(ana, request_of_petra, "approve")
    assert carried_out == ["Acme Analytics"]


def test_standing_in_for_whoever_asked_does_not_make_a_second_person(
    request_of_petra, carried_out, petra, monkeypatch
) -> None:
    """Otherwise people could name the second person themselves."""
    from django.utils import timezone

    today, ana = timezone.now().date(), a_user("ana")
    deputy_name(absent=petra, deputy=ana, first_day=today, last_day=today, today=today)

    assert "only in place of whoever asked" in decide(ana, request_of_petra, "approve")
    assert carried_out == []

    monkeypatch.setattr(service, "may_second", lambda *_, **__: True)
    decide(ana, request_of_petra, "approve")
    assert carried_out == ["Acme Analytics"]


def test_a_deputy_of_somebody_else_too_is_a_second_person(
    request_of_petra, carried_out, petra
) -> None:
    from django.utils import timezone

    today, ana = timezone.now().date(), a_user("ana")
    for absent in (petra, a_user("otto", Role.OPERATIONS)):
        deputy_name(absent=absent, deputy=ana, first_day=today, last_day=today, today=today)

    decide(ana, request_of_petra, "approve")
    assert carried_out == ["Acme Analytics"]


def test_the_service_too_refuses_whoever_asked(request_of_petra, carried_out, petra) -> None:
    with pytest.raises(ValidationError, match="a second person"):
        service.approval_decide(
            approval=request_of_petra,
            approve=True,
            decided_by=petra,
            as_of=request_of_petra.requested_at,
        )


def test_a_kind_this_version_does_not_know_is_shown_without_buttons(
    petra: User, acme: Vendor
) -> None:
    request = Approval.objects.create(
        kind="from-the-future",
        subject="contracts.vendor:1",
        label="Acme",
        reason="r",
        requested_by=petra,
    )
    otto = a_user("otto", Role.ADMINISTRATOR)
    shown = signed_in(otto).get(f"/approvals/{request.pk}/").content.decode()

    assert "does not know requests of the kind" in shown
    assert "Approve</button>" not in shown
    assert "Choose one of the buttons" in decide(otto, request, "approve")
    assert "From-the-future" in inbox(otto, "all")


def test_an_act_that_is_none_is_refused_in_words(request_of_petra) -> None:
    otto = a_user("otto", Role.OPERATIONS)
    assert "Choose one of the buttons" in decide(otto, request_of_petra, "explode")


def test_vendors_have_no_inbox(request_of_petra, acme: Vendor) -> None:
    vera = signed_in(a_user("vera", Role.VENDOR, (acme,)))

    assert vera.get("/approvals/").status_code == 404
    assert vera.get(f"/approvals/{request_of_petra.pk}/").status_code == 404


def test_the_inbox_asks_the_database_as_often_for_thirty_requests(
    petra, acme, carried_out, django_assert_max_num_queries
) -> None:
    for number in range(30):
        Approval.objects.create(
            kind=KIND,
            subject=f"contracts.vendor:{number}",
            label="Acme",
            reason="r",
            requested_by=petra,
            vendor=acme,
            payload={"code": "acme"},
        )
    client = signed_in(a_user("otto", Role.OPERATIONS))
    with django_assert_max_num_queries(12):
        client.get("/approvals/")
