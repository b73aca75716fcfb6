"""Two programs change the same record at once: one is answered 200, the other 412."""

from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import connection

from contracts.api import editing
from contracts.models import Vendor
from tests.api.editing import send
from tests.api.world import Program, a_program
from tests.factories import a_vendor

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time"),
]
_MEETING_S = 2.0


@pytest.fixture(autouse=True)
def _meeting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both compare the ETag at the same moment, unless something keeps them apart."""
    both, compare = Barrier(2), editing.check_match

    def met(*args: object) -> None:
        with suppress(BrokenBarrierError):
            both.wait(_MEETING_S)
        compare(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(editing, "check_match", met)


def changed_at_once(program: Program) -> list[int]:
    """The statuses of two changes of the same state."""
    seen = program.get("/api/v1/vendors/acme").headers["ETag"]
    statuses: list[int] = []

    def change(name: str) -> None:
        try:
            answer = send(program, "PATCH", "vendors/acme", {"name": name}, If_Match=seen)
            statuses.append(answer.status_code)
        finally:
            connection.close()

    threads = [Thread(target=change, args=(name,)) for name in ("First", "Second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(statuses)


@pytest.fixture
def program() -> Program:
    a_vendor("acme")
    return a_program("read", "manage")


def test_one_change_is_kept_and_the_other_is_told(program: Program) -> None:
    assert changed_at_once(program) == [200, 412]
    assert Vendor.objects.get().name in ("First", "Second")


def test_without_the_lock_both_are_told_200_and_one_is_lost(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "lock", lambda record: None)
    assert changed_at_once(program) == [200, 200]
