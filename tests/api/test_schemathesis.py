"""Whatever the OpenAPI document lets one send, and much that it does not, is answered as it says.

Each operation is sent requests made from the document, with real codes and numbers among them, by
a key of every kind. SCHEMATHESIS_EXAMPLES says how many per operation, key and mode; more than the
default are drawn anew with every run.
"""

import os
from collections.abc import Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from pytest_django.plugin import DjangoDbBlocker
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi import from_wsgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from contracts.services.apikeys import apikey_create
from tests.access.routes import routes
from tests.access.world import OURS, THEIRS, Side, a_side, addresses, unknown_places
from tests.factories import a_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
USUAL = 2
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", USUAL))
KEYS = {
    "read": ["read"],
    "ingest": ["ingest"],
    "manage": ["manage"],
    "all": ["read", "ingest", "manage"],
    "all-of-vendor": ["read", "ingest", "manage"],
}
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
WIDE = ["all", "all-of-vendor"]  # whatever is wrong for them is wrong for the others
RUNS = [
    *((name, POSITIVE) for name in KEYS),
    *((name, NEGATIVE) for name in (WIDE if EXAMPLES == USUAL else KEYS)),
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES == USUAL,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@schemathesis.deserializer("application/yaml", "application/x-yaml", "text/yaml")
def _as_text(ctx: Any, response: Any) -> Any:
    """Portfolio files are documented as texts, which they are: comments count."""
    return response.text


@pytest.fixture(scope="module")
def ours(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Side]:
    """One record of every kind, and another vendor's beside them."""
    with django_db_blocker.unblock(), transaction.atomic():
        buyer = a_user("buyer")
        a_user("ada")
        side = a_side(OURS, buyer)
        a_side(THEIRS, buyer)
        yield side
        transaction.set_rollback(True)


@pytest.fixture(scope="module", autouse=True)
def _connections_stay() -> Iterator[None]:
    """A request of a real server ends with its connection looked at; here it holds the records."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def served(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answers, closed as servers close them: the client that schemathesis brings does not."""
    answer = WSGIHandler()(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


@pytest.fixture(scope="module")
def document(_connections_stay: None, ours: Side, django_db_blocker: DjangoDbBlocker) -> Any:
    with django_db_blocker.unblock():
        found = from_wsgi("/api/schema", served)
    found.config.generation.update(with_security_parameters=False)
    return found


@pytest.mark.parametrize(("name", "mode"), RUNS)
def test_the_api_answers_as_the_document_says(
    document: Any, ours: Side, name: str, mode: GenerationMode
) -> None:
    vendor = ours.vendor if name.endswith("vendor") else None
    secret = apikey_create(name=name, scopes=KEYS[name], vendor=vendor).secret
    faults, asked = [], 0
    for found in document.get_all_operations():
        operation = found.ok()
        try:
            check_operation(operation, real_places(operation, ours), mode, secret)
            asked += 1
        except FailureGroup as group:
            faults.append(f"{operation.label}\n{group}")
        except Unsatisfiable:  # what takes nothing cannot be asked wrongly
            assert mode == NEGATIVE, operation.label
    assert not faults, "\n\n".join(faults)
    assert asked > 15


def check_operation(
    operation: Any, real: dict[str, Any], mode: GenerationMode, secret: str
) -> None:
    """Raises FailureGroup for the first answer that is not what the document says."""
    made = operation.as_strategy(mode)
    if real:
        made = st.one_of(operation.as_strategy(mode, path_parameters=real), made)

    @BOUNDED
    @given(case=made)
    def each(case: Any) -> None:
        with transaction.atomic():
            answer = case.call(headers={"X-Api-Key": secret})
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    each()


def real_places(operation: Any, side: Side) -> dict[str, Any]:
    """{name: value} of the places in the address, of what ``side`` has."""
    named = {_documented(route.path): route for route in routes() if route.is_api}
    route = named[_plain(operation.path)]
    if unknown_places([route]):  # the crawl of all addresses names them
        return {}
    path, _ = next(iter(addresses(route, side)))
    names = [part for part in operation.path.split("/") if part.startswith("{")]
    values = [
        value
        for part, value in zip(operation.path.split("/"), path.split("/"), strict=True)
        if part.startswith("{")
    ]
    return {name.strip("{}"): value for name, value in zip(names, values, strict=True)}


def _documented(path: str) -> str:
    return "/".join("{}" if "<" in part else part for part in path.split("/"))


def _plain(path: str) -> str:
    return "/".join("{}" if "{" in part else part for part in path.split("/"))


def test_an_answer_that_is_not_as_documented_is_found(
    document: Any, ours: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = apikey_create(name="all", scopes=KEYS["all"]).secret
    operation = document["/api/v1/vendors"]["GET"]
    check_operation(operation, {}, POSITIVE, secret)
    monkeypatch.setattr(
        "contracts.api.vendors.VendorSerializer.to_representation", lambda *_: {"code": 7}
    )
    with pytest.raises(FailureGroup):
        check_operation(operation, {}, POSITIVE, secret)
