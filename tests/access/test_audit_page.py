"""The audit trail as people read it: filtered, in words, and as a file."""

import csv
import io

import pytest

from contracts.models import AuditEvent, User, Vendor
from contracts.selectors.scope import EVERYTHING, Scope
from contracts.selectors.telling import told
from contracts.selectors.timeline import timeline_of
from contracts.services.acting import acting_as
from contracts.services.auditing import audit
from contracts.services.sealing import audit_seal
from contracts.services.writing import save, writing
from tests.access.conftest import signed_in
from tests.factories import a_contract, a_user, a_vendor

pytestmark = pytest.mark.django_db
Role = User.Role


@pytest.fixture
def cleo(db: None) -> User:
    return a_user("cleo", Role.COMPLIANCE)


def rename(vendor: Vendor, name: str, by: User | str) -> None:
    with acting_as(by), writing():
        vendor.name = name
        save(vendor, reason="new owners")


def shown(person: User, query: str = "") -> str:
    return signed_in(person).get(f"/audit/{query}").content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.ADMINISTRATOR, 200),
        (Role.COMPLIANCE, 200),
        (Role.PROCUREMENT, 404),
        (Role.OPERATIONS, 404),
        (Role.ANALYST, 404),
        (Role.VENDOR, 404),
    ],
)
def test_it_is_open_to_whoever_has_the_duty(role: str, status: int) -> None:
    assert signed_in(a_user("otto", role)).get("/audit/").status_code == status


def test_each_change_shows_before_and_after(cleo: User, acme: Vendor) -> None:
    rename(acme, "Acme Group", a_user("dana"))

    page = " ".join(shown(cleo).split())
    assert "dana" in page
    assert "Acme Analytics</span>" in page
    assert "Acme Group" in page
    assert "Reason: new owners" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["programs", "person", "contract"]),
        ("?person={dana}", ["person"]),
        ("?person=programs", ["programs", "contract"]),
        ("?kind=contracts.contract", ["contract"]),
        ("?vendor=bolt", ["programs"]),
        ("?action=changed", ["programs", "person", "contract"]),
        ("?action=deleted", []),
        ("?record=AC-1", ["contract"]),
        ("?last_day=2020-01-01", []),
        ("?first_day=2020-01-01&last_day=2999-12-31", ["programs", "person", "contract"]),
        ("?last_day=9999-12-31", ["programs", "person", "contract"]),
        ("?first_day=soon", ["programs", "person", "contract"]),
    ],
)
def test_it_is_narrowed_by_each_filter(cleo, acme: Vendor, query: str, found: list[str]) -> None:
    dana, bolt = a_user("dana"), a_vendor("bolt")
    rename(acme, "by a person", dana)
    rename(bolt, "by programs", "nightly job")
    contract = a_contract(acme, "AC-1")
    with acting_as("nightly job"):
        audit(action="changed", instance=contract, changes={"title": ["", "of a contract"]})

    page = shown(cleo, query.format(dana=dana.pk)).partition("<tbody>")[2]

    wanted = {
        "programs": "by programs",
        "person": "Acme Analytics</span>",
        "contract": "of a contract",
    }
    assert {name for name, text in wanted.items() if text in page} == set(found)


def test_the_file_has_a_row_for_each_field_and_runs_no_formula(cleo: User, acme: Vendor) -> None:
    rename(acme, "=cmd|' /C calc'!A0", "@nightly")
    audit_seal()

    answer = signed_in(cleo).get("/audit/?export=csv&vendor=acme")
    text = b"".join(answer).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))

    event = AuditEvent.objects.get()
    assert (row["Field"], row["Before"], row["After"]) == (
        "Name",
        "Acme Analytics",
        "'=cmd|' /C calc'!A0",
    )
    assert row["Who"] == "'@nightly"
    assert (row["Place"], row["Seal"], row["Vendor"]) == ("1", event.seal, "acme")
    assert signed_in(cleo).get("/audit/?export=pdf").status_code == 404


def test_what_people_typed_stays_text(cleo: User, acme: Vendor) -> None:
    rename(acme, "<img src=x onerror=alert(1)>", "nightly")

    assert "<img src=x" not in shown(cleo)


def test_a_kind_or_field_that_is_gone_keeps_its_stored_name(acme: Vendor) -> None:
    event = AuditEvent(
        subject="metrics.galaxy:7", label="galaxy M31", changes={"arms": ["2", "4"]}, actor_name="x"
    )

    read = told(event)

    assert (read.kind, read.changes[0].field) == ("Metrics.galaxy", "Arms")


def test_the_trail_asks_the_database_as_often_for_many_events(
    cleo, acme, django_assert_max_num_queries
) -> None:
    for number in range(40):
        rename(acme, f"Acme {number}", "nightly")
    client = signed_in(cleo)
    with django_assert_max_num_queries(12):
        client.get("/audit/")


class TestTimeline:
    def test_it_tells_of_one_record_newest_first(self, acme: Vendor) -> None:
        rename(a_vendor("bolt"), "Bolt Group", "nightly")
        rename(acme, "First", "nightly")
        rename(acme, "Second", "nightly")

        assert [event.changes[0].after for event in timeline_of(acme, EVERYTHING)] == [
            "Second",
            "First",
        ]

    def test_it_includes_what_belongs_to_the_record(self, acme: Vendor) -> None:
        contract = a_contract(acme)
        audit(action="signed", instance=contract)
        rename(acme, "First", "nightly")

        assert len(timeline_of(acme, EVERYTHING, contract)) == 2
        assert len(timeline_of(acme, EVERYTHING, contract, most=1)) == 1

    def test_vendors_are_not_told(self, acme: Vendor) -> None:
        rename(acme, "First", "nightly")

        assert timeline_of(acme, Scope(frozenset({acme.pk}))) == []
