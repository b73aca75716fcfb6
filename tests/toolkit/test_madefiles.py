"""Made files: whole or not there, made once, gone when nobody needs them."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from kpotracker.toolkit.tabular import madefiles
from kpotracker.toolkit.tabular.madefiles import NoRoomError, files_forget, folder, shared_file
from metrics.chores import CHORES

KEY = "a1" * 16


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def names() -> list[str]:
    return sorted(path.name for path in folder().iterdir() if path.is_file())


def read(mark: str = "1", text: bytes = b"rows", key: str = KEY) -> bytes:
    with shared_file(key, mark, lambda path: path.write_bytes(text)) as file:
        return file.read()


def age(name: str, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(folder() / name, (then, then))


def test_a_file_is_made_once_and_read_again() -> None:
    assert read(text=b"first") == b"first"
    assert read(text=b"second") == b"first"
    assert names() == [f"{KEY}-1"]


def test_another_mark_takes_its_place() -> None:
    read("1", b"old")
    assert read("2", b"new") == b"new"
    assert names() == [f"{KEY}-2"]


def test_nobody_else_may_look_into_the_folder() -> None:
    assert folder().stat().st_mode & 0o077 == 0


def test_requests_at_the_same_time_make_it_once() -> None:
    made: list[Path] = []

    def slowly(path: Path) -> None:
        made.append(path)
        time.sleep(0.2)
        path.write_bytes(b"rows")

    def ask(_: int) -> bytes:
        with shared_file(KEY, "1", slowly) as file:
            return file.read()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {b"rows"}
    assert len(made) == 1


def test_without_the_lock_each_would_make_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(madefiles, "_locked", lambda key: nullcontext())
    with pytest.raises(AssertionError):
        test_requests_at_the_same_time_make_it_once()


def test_nothing_stays_of_what_fails() -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise ValueError

    with pytest.raises(ValueError):
        shared_file(KEY, "1", fail)
    assert names() == []
    assert read() == b"rows"


def test_a_full_disk_is_told_apart() -> None:
    def fill(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(NoRoomError):
        shared_file(KEY, "1", fill)


def _die_writing(path: Path) -> None:
    path.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_leaves_no_broken_file_and_no_lock() -> None:
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=shared_file, args=(KEY, "1", _die_writing))
    child.start()
    child.join(20)
    assert child.exitcode == -signal.SIGKILL
    (left,) = names()
    assert left.endswith(".part")
    assert read() == b"rows"
    age(left, 2)
    files_forget(datetime.now(UTC))
    assert names() == [f"{KEY}-1"]


def test_what_was_not_used_for_an_hour_goes() -> None:
    read("1", key="b2" * 16)
    read("1")
    age(f"{KEY}-1", 1.1)
    assert files_forget(datetime.now(UTC)) == 1
    assert names() == [f"{'b2' * 16}-1"]


def test_reading_keeps_a_file() -> None:
    read()
    age(f"{KEY}-1", 1.1)
    read()
    assert files_forget(datetime.now(UTC)) == 0


def test_the_longest_unused_go_when_all_are_too_large() -> None:
    for place, hours in (("a", 0.1), ("b", 0.3), ("c", 0.2)):
        read(key=place * 32, text=b"x" * 10)
        age(f"{place * 32}-1", hours)
    assert files_forget(datetime.now(UTC), most_bytes=20) == 1
    assert names() == ["a" * 32 + "-1", "c" * 32 + "-1"]


def test_making_one_keeps_to_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_forget, "__defaults__", (None, 15))
    read(key="a" * 32, text=b"x" * 10)
    age("a" * 32 + "-1", 0.1)
    read(key="b" * 32, text=b"x" * 10)
    assert names() == ["b" * 32 + "-1"]


def test_who_has_a_file_open_reads_on() -> None:
    file = shared_file(KEY, "1", lambda path: path.write_bytes(b"rows"))
    files_forget(datetime.now(UTC) + timedelta(hours=2))
    assert names() == []
    assert file.read() == b"rows"
    file.close()


def test_the_sweep_removes_them() -> None:
    assert files_forget in CHORES.values()


@pytest.fixture(autouse=True)
def _no_children() -> Iterator[None]:
    yield
    assert not multiprocessing.active_children()
