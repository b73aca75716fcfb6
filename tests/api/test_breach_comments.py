"""Comments on cases: what both sides read, and what never reaches the vendor."""

import pytest
from django.core.exceptions import ValidationError

from contracts.models import AuditEvent
from contracts.selectors.scope import EVERYTHING
from contracts.services.acting import actor_of
from metrics.models import BreachCase, CaseComment
from tests.api.editing import send
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db


def where(holding: Holding) -> str:
    return f"breaches/{holding.case.pk}/comments"


@pytest.fixture
def vendors(acme: Holding) -> Program:
    return a_program("read", "manage", vendor=acme.vendor)


def said(program: Program, holding: Holding) -> list[tuple[str, str]]:
    rows = program.get(f"/api/v1/{where(holding)}").json()["results"]
    return [(row["by"].partition(" (")[0], row["body"]) for row in rows]


def test_a_program_writes_and_reads_it_back(acme: Holding, manager: Program) -> None:
    answer = send(manager, "POST", where(acme), {"body": " INC-1 is open "})

    assert answer.status_code == 201, answer.content
    assert manager.get(answer.headers["Location"]).json() == answer.json()
    assert answer.json()["body"] == "INC-1 is open"
    comment = CaseComment.objects.latest("pk")
    assert (comment.author, comment.key is None) == (None, False)
    assert AuditEvent.objects.latest("pk").actor_name == comment.by


def test_what_is_internal_never_reaches_the_vendor(
    acme: Holding, manager: Program, vendors: Program
) -> None:
    answer = send(manager, "POST", where(acme), {"body": "weak", "is_internal": True})
    send(manager, "POST", where(acme), {"body": "please explain"})
    send(vendors, "POST", where(acme), {"body": "we do"})

    assert said(vendors, acme)[1:] == [("the buyer", "please explain"), ("key test", "we do")]
    assert len(said(manager, acme)) == 4
    assert vendors.get(answer.headers["Location"]).status_code == 404


def test_people_at_the_buyers_are_not_named_to_a_vendors_program(
    acme: Holding, reader: Program, vendors: Program
) -> None:
    assert said(vendors, acme) == [("the buyer", "acme sent no file")]
    assert said(reader, acme) == [("dana", "acme sent no file")]


def test_a_vendor_writes_no_internal_note(acme: Holding, vendors: Program) -> None:
    answer = send(vendors, "POST", where(acme), {"body": "x", "is_internal": True})
    assert answer.status_code == 403
    assert CaseComment.objects.count() == 1


def test_the_vendor_is_not_written_to_before_it_sees_the_case(
    acme: Holding, manager: Program
) -> None:
    BreachCase.objects.update(state="provisional")
    assert send(manager, "POST", where(acme), {"body": "look"}).status_code == 409
    inside = {"body": "look", "is_internal": True}
    assert send(manager, "POST", where(acme), inside).status_code == 201


@pytest.mark.parametrize(
    "body", [{}, {"body": ""}, {"body": "x" * 10_001}, {"body": "x", "at": "2026-01-01"}]
)
def test_a_wrong_body_writes_nothing(acme: Holding, manager: Program, body: object) -> None:
    assert send(manager, "POST", where(acme), body).status_code == 400
    assert CaseComment.objects.count() == 1


def test_another_vendors_case_takes_no_comment(acme: Holding, zeta: Holding) -> None:
    stranger = a_program("read", "manage", vendor=zeta.vendor)
    assert send(stranger, "POST", where(acme), {"body": "hello"}).status_code == 404
    own = f"/api/v1/breaches/{zeta.case.pk}/comments/{acme.papers['comments']}"
    assert stranger.get(own).status_code == 404


def test_nobody_in_particular_acts() -> None:
    with pytest.raises(ValidationError, match="a program with a key"):
        actor_of(EVERYTHING)
