"""Other records are named by their codes, and only those that the sender may see exist."""

from datetime import date
from typing import Any

import pytest

from contracts.api.fields import Coded
from contracts.models import Document, Vendor
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.scope import EVERYTHING
from tests import factories
from tests.api.editing import NEW, errors_of, registered, send
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db


def a_document(vendor: Vendor, subject: str = "", **fields: Any) -> Document:
    given = {
        "subject": subject or f"contracts.vendor:{vendor.pk}",
        "vendor": vendor,
        "title": "Certificate",
        "filename": "certificate.pdf",
        "kind": "application/pdf",
        "size": 3,
        "path": f"documents/{Document.objects.count()}",
        "uploaded_by": factories.a_user(f"u{Document.objects.count()}"),
    }
    return Document.objects.create(**given | fields)


class TestForeignAndMissing:
    """No vendor's key may write terms; here one may, to see what its references find."""

    @pytest.fixture
    def bold(self, zeta: Holding, monkeypatch: pytest.MonkeyPatch) -> Program:
        duties = frozenset({Duty.TERMS, Duty.COMPLIANCE})
        monkeypatch.setattr(
            "contracts.selectors.scope.duties_of_key", lambda scopes, is_internal: duties
        )
        return a_program("read", "manage", vendor=zeta.vendor)

    CASES = (
        ("contracts", "vendor", "acme", "acma"),
        ("contracts", "parent", "acme-1", "acma-1"),
        ("amendments", "contract", "acme-1", "acma-1"),
        ("processes", "contract", "acme-1", "acma-1"),
        ("contacts", "vendor", "acme", "acma"),
        ("charges", "contract", "acme-1", "acma-1"),
        ("charges", "process", "acme-intake", "acma-intake"),
    )

    @pytest.mark.parametrize(("kind", "member", "foreign", "missing"), CASES)
    def test_they_are_refused_with_the_same_words(
        self, kind: str, member: str, foreign: str, missing: str, bold: Program
    ) -> None:
        said = [
            errors_of(send(bold, "POST", kind, NEW[kind] | {member: code}))[f"#/{member}"]
            for code in (foreign, missing)
        ]
        assert said[0].replace(foreign, "?") == said[1].replace(missing, "?")
        assert "is unknown" in said[0]

    def test_a_change_finds_no_foreign_record_either(self, bold: Program) -> None:
        answer = send(bold, "PATCH", "contracts/zeta-1", {"parent": "acme-1"})
        assert "is unknown" in errors_of(answer)["#/parent"]

    def test_without_the_scope_a_foreign_record_is_found(
        self, bold: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = Coded._record

        def unguarded(self: Coded, code: str) -> Any:
            self.context["scope"] = EVERYTHING
            return found(self, code)

        monkeypatch.setattr(Coded, "_record", unguarded)
        assert send(bold, "POST", "contacts", NEW["contacts"]).status_code == 404  # made, unseen
        assert scoped.contacts(EVERYTHING).filter(name="Aoife Byrne").exists()

    def test_evidence_of_another_vendor_is_as_unknown_as_none(
        self, bold: Program, acme: Holding, zeta: Holding
    ) -> None:
        body = NEW["certifications"] | {"vendor": "zeta"}
        foreign = a_document(acme.vendor).pk
        inside = a_document(zeta.vendor, is_internal=True).pk
        said = {
            errors_of(send(bold, "POST", "certifications", body | {"evidence": number}))[
                "#/evidence"
            ].replace(str(number), "?")
            for number in (foreign, inside, 987_654)
        }
        assert said == {"document ? is unknown"}


class TestEvidence:
    def test_it_is_a_document_of_the_vendor_that_is_in_use(
        self, acme: Holding, zeta: Holding, manager: Program
    ) -> None:
        where = registered(manager, "certifications")
        shown = a_document(acme.vendor).pk
        assert send(manager, "PATCH", where, {"evidence": shown}).json()["evidence"] == shown
        for other, said in (
            (a_document(zeta.vendor), "another vendor"),
            (a_document(acme.vendor, f"contracts.contract:{acme.vendor.pk}"), "attach it there"),
            (a_document(acme.vendor, archived_at=factories.NOW), "attach it there"),
        ):
            answer = send(manager, "PATCH", where, {"evidence": other.pk})
            assert said in errors_of(answer)["#/evidence"]
        assert send(manager, "PATCH", where, {"evidence": None}).json()["evidence"] is None

    def test_a_vendor_sees_none_that_is_kept_inside(self, acme: Holding, manager: Program) -> None:
        inside = a_document(acme.vendor, is_internal=True).pk
        where = registered(manager, "certifications", evidence=inside)
        assert manager.get(where).json()["evidence"] == inside
        theirs = a_program("read", vendor=acme.vendor)
        assert theirs.get(where).json()["evidence"] is None


@pytest.mark.parametrize(
    ("kind", "member", "code", "model"),
    [
        ("contracts", "vendor", "acme", scoped.vendors),
        ("contracts", "parent", "acme-1", scoped.contracts),
        ("processes", "contract", "acme-1", scoped.contracts),
        ("charges", "process", "acme-intake", scoped.processes),
        ("charges", "contract", "acme-1", scoped.contracts),
        ("amendments", "contract", "acme-1", scoped.contracts),
        ("contacts", "vendor", "acme", scoped.vendors),
        ("certifications", "vendor", "acme", scoped.vendors),
    ],
)
def test_what_is_archived_is_named_by_nothing_new(
    kind: str, member: str, code: str, model: Any, acme: Holding, manager: Program
) -> None:
    model(EVERYTHING).update(archived_at=factories.NOW)
    answer = send(manager, "POST", kind, NEW[kind] | {member: code})
    assert "is archived: restore it first" in errors_of(answer)[f"#/{member}"]


def test_a_parent_is_a_contract_of_the_same_vendor_and_no_circle(
    acme: Holding, zeta: Holding, manager: Program
) -> None:
    below = registered(manager, "contracts", parent="acme-1")
    answer = send(manager, "PATCH", "contracts/acme-1", {"parent": "NO-1"})
    assert "stands under" in errors_of(answer)["#/parent"]
    answer = send(manager, "PATCH", below, {"parent": "zeta-1"})
    assert "a contract with Zeta, not with Acme" in errors_of(answer)["#/parent"]
    assert send(manager, "PATCH", below, {"parent": None}).json()["parent"] is None


def test_a_charge_is_for_a_process_of_its_contract(acme: Holding, manager: Program) -> None:
    other = factories.a_contract(acme.vendor, "acme-2", first_day=date(2024, 1, 1))
    factories.a_process(other, "elsewhere")
    answer = send(manager, "POST", "charges", NEW["charges"] | {"process": "elsewhere"})
    assert "is not done under acme-1" in errors_of(answer)["#/process"]
