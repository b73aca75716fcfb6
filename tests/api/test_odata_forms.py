"""In which forms the OData root answers, and that every address answers well."""

import pytest

from kpotracker.toolkit.odata.negotiation import MINIMAL, NONE, media_type
from tests.api.test_odata import ROOT, asked, error
from tests.api.world import METHODS, Holding, Program, a_program

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("accept", "found"),
    [
        ("", MINIMAL),
        ("*/*", MINIMAL),
        ("application/json", MINIMAL),
        ("application/json;odata.metadata=minimal;odata.streaming=true", MINIMAL),
        ("application/json; odata.metadata=none", NONE),
        ("application/json;q=0.4, application/json;odata.metadata=none;q=0.5", NONE),
        ("application/json;IEEE754Compatible=false;charset=utf-8", MINIMAL),
        ("application/json;odata.metadata=full", None),
        ("application/json;odata.metadata=full, */*;q=0.1", MINIMAL),
        ("application/json;IEEE754Compatible=true", None),
        ("application/json;q=0", None),
        ("application/atom+xml", None),
        # as Power Query asks
        (
            "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
            MINIMAL,
        ),
    ],
)
def test_accept(accept: str, found: str | None) -> None:
    assert media_type(accept) == found


def test_format_goes_before_accept(acme: Holding, reader: Program) -> None:
    answer = asked(reader, "/results?$format=json", Accept="application/atom+xml")
    assert answer.headers["Content-Type"] == MINIMAL
    none = asked(reader, "/results?$format=application/json;odata.metadata=none")
    assert none.headers["Content-Type"] == NONE
    assert list(none.json()) == ["value"]
    for refused in (
        asked(reader, "/results?$format=xml"),
        asked(reader, "/results", Accept="application/json;odata.metadata=full"),
    ):
        assert refused.status_code == 406
        assert "odata.metadata=minimal" in error(refused)["message"]


def test_head_and_options(acme: Holding, reader: Program) -> None:
    for path in (
        "",
        "/$metadata",
        "/results",
        "/results/$count",
        f"/results({acme.result.pk})",
    ):
        head = reader.call("HEAD", ROOT + path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["OData-Version"] == "4.0"
        options = reader.call("OPTIONS", ROOT + path)
        assert (options.status_code, options.content) == (204, b"")


def test_every_method_and_address_answers_well(acme: Holding, reader: Program) -> None:
    paths = ["", "/", "/$metadata", "/results", "/results/$count", "/results(1)", "/nothing",
             "/results(x)", "/results(-1)", "/results(%00)", "/results(1)/value", "/$batch",
             f"/results({'9' * 19})", f"/results({'9' * 5000})", "/results/$count/x", "/%ff"]  # fmt: skip
    for program in (Program({}), reader, a_program("ingest")):
        for path in paths:
            for method in METHODS:
                answer = program.call(method, ROOT + path)
                assert answer.status_code < 500, (method, path)
                if answer.status_code >= 400 and method != "HEAD":
                    assert error(answer)["message"]
                if answer.status_code == 405:
                    assert method not in answer.headers["Allow"]


def test_what_fails_unforeseen_says_nothing_of_its_cause(
    reader: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("SELECT * FROM secrets")

    monkeypatch.setattr("kpotracker.toolkit.odata.pages.page", broken)
    answer = asked(reader, "/results")
    assert answer.status_code == 500
    assert error(answer)["code"] == "InternalServerError"
    assert b"secrets" not in answer.content
    assert "SELECT * FROM secrets" in caplog.text


@pytest.mark.parametrize(
    "condition",
    [
        " or ".join(["ended_at eq null"] * 249),
        " and ".join(["severity ne unit"] * 249),
        f"id in ({','.join(map(str, range(490)))})",
        f"unit in ({','.join(repr(str(number)) for number in range(490))})",
        "not (" * 9 + "contains(tolower(unit),toupper(kpi)) eq is_current" + ")" * 9,
        "(" * 19 + "id gt 0" + " and value ge 0.5)" * 19,
        "opened_at lt ended_at or acknowledged_at ge updated_at or value le id",
    ],
)
def test_the_largest_filters_are_answered(condition: str, acme: Holding, reader: Program) -> None:
    answer = asked(reader, f"/fact_breach?$filter={condition}&$orderby=ended_at desc,unit")
    assert answer.status_code == 200, answer.content
