"""The OpenAPI document: valid, complete, and true of the answers."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from tests.api.daily import is_file
from tests.api.world import (
    METHODS,
    PROBLEM,
    Holding,
    Program,
    a_program,
    address,
    readable_routes,
    v1_routes,
)

pytestmark = pytest.mark.django_db
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Client().get("/api/schema", headers={"accept": "application/json"})
    assert answer.status_code == 200
    made: dict[str, Any] = json.loads(answer.content)
    return made


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def errors_of(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """What is wrong with ``value``; members that the document does not name count as wrong."""
    whole = closed(schema) | {"components": closed(document["components"])}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{list(one.path)}: {one.message}" for one in validator.iter_errors(value)]


def closed(schema: Any) -> Any:
    """``schema`` with every object closed that lists its members."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(one) for name, one in schema.items()}
    lists_members = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return {"additionalProperties": False} | shut if lists_members else shut


def answer_schema(operation: dict[str, Any], status: int) -> dict[str, Any]:
    schema: dict[str, Any] = operation["responses"][str(status)]["content"]["application/json"][
        "schema"
    ]
    return schema


def test_the_document_is_valid_and_without_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_route_is_documented_once(document: dict[str, Any]) -> None:
    routes = {"/api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", one) for one in v1_routes()}
    documented = {path.replace("{id}", "{pk}") for path in document["paths"]}
    assert documented == routes | {"/api/v1"}
    assert document["openapi"].startswith("3.1")


def test_every_operation_names_its_keys_errors_and_an_example(document: dict[str, Any]) -> None:
    keys = {"bearerKey", "headerKey", "basicKey"}
    for path, method, operation in operations(document):
        named = {name for one in operation["security"] for name in one}
        assert named == keys | ({"cookieAuth"} if method == "get" else set()), path
        responses = operation["responses"]
        wanted = {"400", "401", "403", "406", "429", "500"} | ({"404"} if "{" in path else set())
        assert wanted <= set(responses), path
        assert operation["description"], path
    assert keys < set(document["components"]["securitySchemes"])


def test_examples_conform(document: dict[str, Any]) -> None:
    shown = 0
    for path, _, operation in operations(document):
        for status, response in operation["responses"].items():
            body = response.get("content", {}).get("application/json", {})
            for example in body.get("examples", {}).values():
                assert not errors_of(
                    example["value"], answer_schema(operation, status), document
                ), path
                shown += 1
    assert shown >= 13
    for response in document["components"]["responses"].values():
        body = response["content"][PROBLEM]
        assert not errors_of(body["example"], body["schema"], document)


@pytest.mark.parametrize("route", [one for one in readable_routes() if not is_file(one)])
def test_answers_conform(
    route: str, acme: Holding, manager: Program, document: dict[str, Any]
) -> None:
    acme.case.transitions.create(
        revision=acme.result.current, from_state="open", to_state="waived", by="dana"
    )
    path = "/api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route).replace("{pk}", "{id}")
    answer = manager.get(address(route, acme))
    schema = answer_schema(document["paths"][path]["get"], 200)
    assert errors_of(answer.json(), schema, document) == []
    for rows in (answer.json().get("results"), answer.json().get("families")):
        assert rows != []


def test_a_wrong_answer_would_be_found(
    document: dict[str, Any], acme: Holding, reader: Program
) -> None:
    schema = answer_schema(document["paths"]["/api/v1/results"]["get"], 200)
    good = reader.get("/api/v1/results").json()
    for change in ({"value": "89.5"}, {"status": "FINE"}, {"colour": "red"}):
        bad = good | {"results": [good["results"][0] | change]}
        assert errors_of(bad, schema, document), change


def test_problems_conform(document: dict[str, Any], acme: Holding, reader: Program) -> None:
    schema = {"$ref": "#/components/schemas/Problem"}
    for program in (Program({}), reader, a_program("ingest")):
        for method in METHODS:
            answer = program.call(method, "/api/v1/results?limit=0&x=1")
            if answer.status_code >= 400 and answer.content:
                assert errors_of(json.loads(answer.content), schema, document) == []


def test_documented_parameters_are_those_that_are_known(
    document: dict[str, Any], acme: Holding, reader: Program
) -> None:
    for path, method, operation in operations(document):
        if method != "get":
            continue
        real = path.format(code="nobody", reference="nobody", id=acme.result.pk, comment=1)
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                answer = reader.get(real, **{parameter["name"]: "\x01"})
                if answer.status_code == 400:
                    (error,) = answer.json()["errors"]
                    assert error["code"] == "invalid", (path, parameter["name"])


def test_the_document_is_json_or_yaml() -> None:
    plain = Client().get("/api/schema")
    assert plain.headers["Content-Type"].startswith("application/json")
    asked = Client().get("/api/schema", headers={"accept": "application/yaml"})
    assert asked.content.startswith(b"openapi: 3.1")


def test_the_page_needs_no_other_server_and_no_inline_script() -> None:
    answer = Client().get("/api/docs")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\bstyle=|\bon\w+=|javascript:", page) == []
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all(one.startswith(("/static/", "/api/schema")) for one in loaded)
    for one in loaded:
        if one.startswith("/static/"):
            assert finders.find(one.removeprefix(settings.STATIC_URL)), one


def test_the_page_keeps_the_strict_policy() -> None:
    policy = Client().get("/api/docs").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_what_takes_if_match_may_answer_412(document: dict[str, Any]) -> None:
    def names(operation: dict[str, Any]) -> set[str]:
        return {parameter["name"] for parameter in operation.get("parameters", ())}

    compared = [one for *_, one in operations(document) if "If-Match" in names(one)]
    assert len(compared) > 20
    assert all("412" in one["responses"] for one in compared)


def test_only_what_takes_an_idempotency_key_answers_422(document: dict[str, Any]) -> None:
    told = {path for path, _, one in operations(document) if "422" in one["responses"]}
    assert told == {"/api/v1/feeds/{code}/observations:batch"}


def test_shared_problems_speak_of_no_delivery(document: dict[str, Any]) -> None:
    for name in ("ProblemLengthRequired", "ProblemRequestEntityTooLarge", "ProblemConflict"):
        (media,) = document["components"]["responses"][name]["content"].values()
        assert not re.search("delivery|feed|file with", media["example"]["detail"], re.I), name


def test_operations_are_called_by_what_programs_can_spell(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert [name for name in names if not re.fullmatch("[a-z][a-z_]*", name)] == []


def test_a_subscription_ends_and_is_not_archived(document: dict[str, Any]) -> None:
    told = document["paths"]["/api/v1/subscriptions/{id}"]["delete"]
    assert told["summary"] == "End a subscription"
    assert "archive" not in json.dumps(told).lower()
