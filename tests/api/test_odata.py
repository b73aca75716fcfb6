"""The OData root: documents, sets, pages, options, headers and errors."""

import json
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from contracts.models import Vendor
from kpotracker.toolkit.odata.negotiation import MINIMAL
from metrics.bi.catalogue import COLLECTIONS
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/odata"
NAMES = [collection.name for collection in COLLECTIONS]
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def asked(program: Program, path: str, **headers: str) -> HttpResponse:
    return Program({**program.headers, **headers}).get(ROOT + path)


def rows(program: Program, path: str) -> list[dict[str, Any]]:
    answer = asked(program, path)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def error(answer: HttpResponse) -> dict[str, Any]:
    """The error of an answer that has to be one, in OData's form."""
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["Content-Type"] == MINIMAL
    body = json.loads(answer.content)
    assert list(body) == ["error"]
    assert {"code", "message"} <= set(body["error"])
    found: dict[str, Any] = body["error"]
    return found


def some_vendors(count: int) -> None:
    Vendor.objects.bulk_create(Vendor(code=f"v{n}", name=f"V {n:05}") for n in range(count))


@pytest.mark.parametrize("end", ["", "/"])
def test_the_service_document_names_every_set(end: str, reader: Program) -> None:
    answer = asked(reader, end)
    assert answer.headers["Content-Type"] == MINIMAL
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.json() == {
        "@odata.context": "http://testserver/api/v1/odata/$metadata",
        "value": [{"name": name, "kind": "EntitySet", "url": name} for name in NAMES],
    }


@pytest.mark.parametrize("accept", ["application/json", "application/xml", "*/*", "text/html"])
def test_metadata_is_xml_whatever_is_accepted(accept: str, reader: Program) -> None:
    answer = asked(reader, "/$metadata", Accept=accept)
    assert answer.headers["Content-Type"] == "application/xml"
    assert ElementTree.fromstring(answer.content).attrib["Version"] == "4.0"
    assert answer.content == asked(reader, "/$metadata?$format=json").content


def test_metadata_states_every_column_in_its_order(reader: Program) -> None:
    tree = ElementTree.fromstring(asked(reader, "/$metadata").content)
    types = {one.attrib["Name"]: one for one in tree.iter(f"{EDM}EntityType")}
    sets = {one.attrib["Name"]: one.attrib["EntityType"] for one in tree.iter(f"{EDM}EntitySet")}
    assert list(sets) == NAMES
    for collection in COLLECTIONS:
        stated = types[sets[collection.name].removeprefix("kpotracker.")]
        properties = [one.attrib for one in stated.iter(f"{EDM}Property")]
        assert [one["Name"] for one in properties] == collection.names
        assert [one["Nullable"] == "true" for one in properties] == [
            column.is_nullable for column in collection.columns
        ]
        assert [one.attrib["Name"] for one in stated.iter(f"{EDM}PropertyRef")] == ["id"]


@pytest.mark.parametrize("name", NAMES)
def test_a_set_holds_what_the_list_holds(
    name: str, acme: Holding, zeta: Holding, reader: Program
) -> None:
    listed = reader.get(f"/api/v1/{name}").json()["results"]
    assert rows(reader, f"/{name}") == listed
    assert asked(reader, f"/{name}/$count").content.decode() == str(len(listed))
    for row in listed:
        answer = asked(reader, f"/{name}({row['id']})").json()
        assert answer.pop("@odata.context").endswith(f"$metadata#{name}/$entity")
        assert answer == row


@pytest.mark.parametrize("name", NAMES)
def test_every_column_filters_and_sorts(name: str, acme: Holding, reader: Program) -> None:
    collection = next(one for one in COLLECTIONS if one.name == name)
    whole = len(rows(reader, f"/{name}"))
    for column in collection.names:
        present, missing = (
            rows(reader, f"/{name}?$filter={column} {operator} null&$orderby={column} desc")
            for operator in ("ne", "eq")
        )
        assert len(present) + len(missing) == whole
        assert not missing or collection.column(column).is_nullable  # type: ignore[union-attr]


class TestScope:
    def test_a_vendor_reads_what_its_lists_hold(self, acme: Holding, zeta: Holding) -> None:
        program = a_program("read", vendor=acme.vendor)
        for name in NAMES:
            listed = program.get(f"/api/v1/{name}").json()["results"]
            assert rows(program, f"/{name}") == listed
            assert b"zeta" not in asked(program, f"/{name}").content
        assert rows(program, "/results?$filter=vendor eq 'zeta' or vendor ne 'acme'") == []
        assert asked(program, "/results/$count").content == b"1"
        foreign = asked(program, f"/results({zeta.result.pk})")
        assert foreign.status_code == 404
        assert foreign.content == asked(program, "/results(987654)").content

    @pytest.mark.parametrize(
        "condition",
        ["owner ne null", "owner eq 'Dana'", "contains(owner,'D')", "not contains(owner,'X')",
         "tier in ('standard','critical')", "owner ge ''"],
    )  # fmt: skip
    def test_what_stays_inside_is_null_in_filters_too(
        self, condition: str, acme: Holding, reader: Program
    ) -> None:
        program = a_program("read", vendor=acme.vendor)
        assert rows(reader, f"/dim_vendor?$filter={condition}") != []
        assert rows(program, f"/dim_vendor?$filter={condition}") == []
        assert rows(program, "/dim_vendor?$filter=owner eq null&$select=owner") == [{"owner": None}]

    def test_nor_does_an_order_tell_of_it(self, acme: Holding) -> None:
        program = a_program("read", vendor=acme.vendor)
        with CaptureQueriesContext(connection) as context:
            rows(program, "/dim_vendor?$orderby=owner desc&$select=id")
        assert "owner" not in context[-1]["sql"]

    def test_a_key_needs_the_scope_read(self, acme: Holding, deliverer: Program) -> None:
        assert error(asked(deliverer, "/results"))["code"] == "Forbidden"
        assert asked(deliverer, "/$metadata").status_code == 403

    def test_without_a_key_the_challenge_names_basic(self) -> None:
        answer = asked(Program({}), "/results")
        assert answer.status_code == 401
        assert "Basic" in answer.headers["WWW-Authenticate"]
        assert error(answer)["code"] == "Unauthorized"


class TestOptions:
    def test_select_answers_with_these_columns(self, acme: Holding, reader: Program) -> None:
        answer = asked(reader, "/results?$select=kpi, id").json()
        assert answer["value"] == [{"id": acme.result.pk, "kpi": "acme-accuracy"}]
        assert answer["@odata.context"].endswith("$metadata#results(id,kpi)")
        assert rows(reader, "/results?$select=*") == rows(reader, "/results")
        one = asked(reader, f"/results({acme.result.pk})?$select=kpi").json()
        assert one["@odata.context"].endswith("$metadata#results(kpi)/$entity")
        assert one["kpi"] == "acme-accuracy"

    @pytest.mark.parametrize(
        "spaced", ["vendor eq 'acme'", "vendor%20eq%20'acme'", "vendor+eq+'acme'"]
    )
    def test_spaces_come_plain_escaped_or_as_plus(
        self, spaced: str, acme: Holding, zeta: Holding, reader: Program
    ) -> None:
        assert [row["vendor"] for row in rows(reader, f"/results?$filter={spaced}")] == ["acme"]
        escaped = f"/results?%24filter={quote(spaced.replace('%20', ' ').replace('+', ' '))}"
        assert len(rows(reader, escaped)) == 1

    def test_count_is_of_all_pages_and_on_the_first_alone(self, reader: Program) -> None:
        some_vendors(5)
        first = asked(reader, "/dim_vendor?$count=true&$top=2&$skip=1&$filter=name ge 'V 00001'")
        assert first.json()["@odata.count"] == 4
        assert len(first.json()["value"]) == 2
        nothing = asked(reader, "/dim_vendor?$count=true&$top=0").json()
        assert (nothing["@odata.count"], nothing["value"]) == (5, [])
        paged = asked(reader, "/dim_vendor?$count=true", Prefer="odata.maxpagesize=2").json()
        assert "@odata.count" not in reader.get(paged["@odata.nextLink"]).json()
        assert "@odata.count" not in asked(reader, "/dim_vendor?$count=false").json()
        assert asked(reader, "/dim_vendor/$count?$filter=name ge 'V 00001'&$top=1").content == b"4"

    def test_orderby_puts_nulls_first_and_last_when_it_descends(self, reader: Program) -> None:
        for code, country in [("a", "IE"), ("b", ""), ("c", "DE"), ("d", "IE")]:
            Vendor.objects.create(code=code, name=code, country=country)
        ascending = rows(reader, "/dim_vendor?$orderby=country,vendor desc")
        assert [row["vendor"] for row in ascending] == ["b", "c", "d", "a"]
        descending = rows(reader, "/dim_vendor?$orderby=country desc, vendor asc")
        assert [row["vendor"] for row in descending] == ["a", "d", "c", "b"]

    @pytest.mark.parametrize(
        ("query", "target", "said"),
        [
            ("filter=id eq 1", "filter", "did you mean '$filter'?"),
            ("top=5", "top", "did you mean '$top'?"),
            ("limit=5", "limit", "is not a parameter here"),
            ("$top=-1", "$top", "is not a number of rows"),
            ("$top=", "$top", "$top is empty"),
            ("$skip=x", "$skip", "is not a number of rows"),
            ("$count=yes", "$count", "is neither true nor false"),
            ("$select=nme", "$select", "'nme' is not a property here: did you mean 'name'?"),
            ("$select=id,", "$select", "'' is not a property here"),
            ("$orderby=nme", "$orderby", "did you mean 'name'?"),
            ("$orderby=name up", "$orderby", "write a column, then asc or desc"),
            ("$orderby=name,,id", "$orderby", "'' is not a property here"),
            ("$orderby=" + ",".join(["id"] * 9), "$orderby", "9 columns are too many"),
            ("$orderby=vendor__owner", "$orderby", "is not a property here"),
            ("$filter=name eq 5", "$filter", "at character 9: text is not compared with integer"),
            ("$filter=name eq 'a%00'", "$filter", "holds a control character"),
            ("$filter=id eq 1&$filter=id eq 2", "$filter", "is stated 2 times"),
            ("$skiptoken=abc", "$skiptoken", "follow @odata.nextLink as it is"),
            ("$skiptoken=7", "$skiptoken", "the token is of another order"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named(
        self, query: str, target: str, said: str, reader: Program
    ) -> None:
        answer = asked(reader, f"/dim_vendor?{query}")
        assert answer.status_code == 400
        (detail,) = error(answer)["details"]
        assert detail["target"] == target
        assert said in detail["message"]

    def test_everything_that_is_wrong_is_named_at_once(self, reader: Program) -> None:
        answer = error(asked(reader, "/results?$top=x&$filter=a&$select=b"))
        assert {one["target"] for one in answer["details"]} == {"$top", "$filter", "$select"}

    @pytest.mark.parametrize("name", ["$expand", "$apply", "$search", "$compute"])
    def test_what_is_not_supported_is_501_with_the_way_out(
        self, name: str, acme: Holding, reader: Program
    ) -> None:
        for path in ("/results", "/results/$count", f"/results({acme.result.pk})", "/"):
            answer = asked(reader, f"{path}?{name}=kpi")
            assert answer.status_code == 501
            assert name in error(answer)["message"]
