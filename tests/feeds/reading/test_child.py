"""The child process: its protocol, its limits, and what becomes of it when it fails."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from metrics.feeds.reading import Chunk, Done, Job, Limits, Rejected, Structure, read_file
from metrics.feeds.reading.events import from_line, to_line
from metrics.feeds.reading.parent import environment

from .reports import HEADER, MAPPING, ROW, job_for, read_here, read_in_child, report_of


def feed(tmp_path: Path, content: str = HEADER + ROW) -> Path:
    path = tmp_path / "feed.csv"
    path.write_text(content)
    return path


def script(code: str) -> list[str]:
    """A child that does something else."""
    return [sys.executable, "-c", "import sys, os, time; sys.stdin.read(); " + code]


def test_a_child_says_the_same_as_reading_here(tmp_path: Path) -> None:
    path = feed(tmp_path, HEADER + ROW + "A2,2026-03-01,x\n")
    there, here = read_in_child(path), read_here(path)
    assert there.rows == here.rows
    assert there.aside == here.aside
    assert there.structure == Structure(rows=2)
    assert there.done == Done(read=2)


@pytest.mark.parametrize(
    "event",
    [
        Structure(3, 1, ("warned",)),
        Chunk(0, "a.arrow", "a.ndjson", 3, 1, 1, 0, 10, 10),
        Done(3),
        Rejected("quote", "open", "close it", 'va"lue', 7),
    ],
)
def test_events_pass_the_pipe_unchanged(event: Structure | Chunk | Done | Rejected) -> None:
    assert from_line(to_line(event)) == event


@pytest.mark.parametrize("line", ["", "{}", "[]", '{"event": "other"}', "Traceback"])
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        from_line(line)


def test_a_job_passes_the_pipe_unchanged(tmp_path: Path) -> None:
    job = job_for(feed(tmp_path), limits=Limits(cpu_s=7))
    assert Job.from_json(job.to_json()) == job


def test_a_broken_mapping_refuses_the_file_with_all_reasons(tmp_path: Path) -> None:
    report = read_in_child(feed(tmp_path), mapping=MAPPING | {"zone": "Nowhere", "extra": 1})
    assert report.rejected is not None
    assert report.rejected.rule == "mapping"
    assert "Nowhere" in report.rejected.message
    assert "extra" in report.rejected.message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("os.abort()", "SIGABRT"),
        ("os._exit(3)", "exit code 3"),
        ("os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("raise MemoryError", "memory"),
        ("pass", "exit code 0"),
        ("print('not an event')", "not an event"),
    ],
)
def test_a_child_that_dies_makes_a_refusal(tmp_path: Path, code: str, words: str) -> None:
    report = report_of(read_file(job_for(feed(tmp_path)), command=script(code)))
    assert report.rejected is not None
    assert report.rejected.rule == "limits"
    assert words in report.rejected.message


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"])
def test_a_child_that_others_end_is_no_verdict_on_the_file(tmp_path: Path, name: str) -> None:
    code = f"import signal; signal.signal(2, signal.SIG_DFL); os.kill(os.getpid(), signal.{name})"
    with pytest.raises(ChildProcessError, match=name):
        list(read_file(job_for(feed(tmp_path)), command=script(code)))


def test_a_silent_child_is_killed_in_time(tmp_path: Path) -> None:
    job = job_for(feed(tmp_path), limits=Limits(wait_s=0.5))
    started = time.monotonic()
    report = report_of(read_file(job, command=script("time.sleep(60)")))
    assert report.rejected is not None
    assert "no sign of life" in report.rejected.message
    assert time.monotonic() - started < 10


def test_leaving_early_kills_the_child(tmp_path: Path) -> None:
    said = (
        'print(\'{"event": "structure", "rows": \' + str(os.getpid()) + \', '
        '"blank": 0, "warnings": []}\', flush=True); time.sleep(60)'
    )
    events = read_file(job_for(feed(tmp_path)), command=script(said))
    assert isinstance(events, Iterator)
    first = next(events)
    assert isinstance(first, Structure)
    os.kill(first.rows, 0)
    events.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(first.rows, 0)


def big(tmp_path: Path, rows: int = 200_000) -> Path:
    return feed(tmp_path, HEADER + "".join(f"A{n},2026-03-01,1.5\n" for n in range(rows)))


def test_memory_is_limited(tmp_path: Path) -> None:
    small = Limits(memory=48 * 2**20)
    report = read_in_child(big(tmp_path), limits=small)
    assert report.rejected is not None
    assert report.rejected.rule == "limits"
    assert "memory" in report.rejected.message or "MB" in report.rejected.message
    assert read_in_child(big(tmp_path)).verdict == "OK"


def test_processor_time_is_limited(tmp_path: Path) -> None:
    path = big(tmp_path, 1_500_000)
    report = read_in_child(path, limits=Limits(cpu_s=1))
    assert report.rejected is not None
    assert "CPU" in report.rejected.message


def test_the_child_sees_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://user:secret@host/db")
    assert not any("secret" in value for value in environment().values())
    code = "print(repr(sorted(os.environ)), file=sys.stderr); os._exit(1)"
    report = report_of(read_file(job_for(feed(tmp_path)), command=script(code)))
    assert report.rejected is not None
    assert "'PATH'" in report.rejected.value
    assert "DATABASE_URL" not in report.rejected.value


def test_a_file_that_is_gone_is_no_verdict_on_the_feed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.csv"):
        list(read_file(job_for(tmp_path / "gone.csv")))


def test_a_disk_that_takes_no_chunk_is_no_verdict_on_the_feed(tmp_path: Path) -> None:
    path = feed(tmp_path)
    occupied = tmp_path / "occupied"
    occupied.write_text("a file where a folder is meant")
    events = read_file(job_for(path, out_dir=str(occupied)))
    assert next(events) == Structure(rows=1)
    with pytest.raises(OSError, match="cannot read or write its files"):
        next(events)


def test_the_csv_path_loads_neither_django_nor_pandas_nor_parquet(tmp_path: Path) -> None:
    job = job_for(feed(tmp_path)).to_json()
    code = (
        "import sys, io, json; sys.stdin = io.StringIO(sys.argv[1]);"
        "from metrics.feeds.reading.child import main; main();"
        "print(json.dumps(sorted(sys.modules)))"
    )
    command = [sys.executable, "-c", code, job]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    assert not loaded & {"django", "pandas", "openpyxl", "python_calamine", "yaml", "pydantic"}
    assert "pyarrow.parquet" not in json.loads(done.stdout.splitlines()[-1])
