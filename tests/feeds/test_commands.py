"""Delivering, working and verifying from a terminal: what is printed, and how it ends."""

import csv as csv_module
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from metrics.feeds import running
from metrics.models import Ingestion, Observation, ResultRevision
from tests.feeds.arriving import APRIL, a_mapped_feed, a_share, csv, deliver, figures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]

ROWS = csv(["1,2026-03-02,yes", "2,2026-03-03,no", "3,2026-02-30,yes"])


def run(*arguments):
    """What a command prints, and on the other channel what it complains about."""
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "march.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def _desk():
    a_share()
    a_mapped_feed()


@pytest.mark.usefixtures("_desk")
class TestIngest:
    def test_json_carries_the_counts_and_the_errors(self, file):
        told = json.loads(run("ingest", "desk", str(file), "--format", "json")[0])

        assert {name: told[name] for name in Ingestion.COUNTS} == {
            "read": 3,
            "accepted": 2,
            "corrected": 0,
            "stale": 0,
            "duplicate": 0,
            "conflicting": 0,
            "filtered": 0,
            "quarantined": 1,
            "ambiguous": 0,
        }
        assert (told["status"], told["feed"], told["filename"]) == ("done", "desk", "march.csv")
        assert (told["repeated"], told["error"]) == (False, None)
        assert [(e["column"], e["rows"], e["first_line"]) for e in told["errors"]] == [
            ("closed", 1, 4)
        ]

    def test_csv_has_one_line_of_the_same(self, file):
        (row,) = csv_module.DictReader(
            StringIO(run("ingest", "desk", str(file), "--format", "csv")[0])
        )

        assert [row[name] for name in ("status", "read", "accepted", "quarantined")] == [
            "done",
            "3",
            "2",
            "1",
        ]

    def test_the_table_names_what_was_set_aside_and_the_way_out(self, file):
        printed, _ = run("ingest", "desk", str(file))

        assert "march.csv" in printed
        assert "line 4" in printed

    def test_figures_are_up_to_date_when_it_ends(self, file):
        run("ingest", "desk", str(file), "--received-at", "2026-04-01T00:00Z")

        assert figures()["2026-03"] == ("provisional", "BELOW_MINIMUM", "50", 1)

    def test_the_same_bytes_again_are_all_duplicates(self, file):
        run("ingest", "desk", str(file))

        told = json.loads(run("ingest", "desk", str(file), "--format", "json")[0])

        assert (told["repeated"], told["read"], told["duplicate"], told["accepted"]) == (
            True,
            3,
            3,
            0,
        )
        assert Observation.objects.count() == 2

    def test_it_attests_and_says_who_delivered(self, file):
        run("ingest", "desk", str(file), "--complete-through", "2026-03-31", "--by", "nightly job")

        delivery = Ingestion.objects.get().deliveries.get()
        assert (str(delivery.complete_through), delivery.delivered_by) == (
            "2026-03-31",
            "nightly job",
        )

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("desc", "FILE"), "there is no feed 'desc': did you mean 'desk'"),
            (("desk", "nowhere.csv"), "'nowhere.csv' is not a file: check the name"),
            (("desk", "FILE", "--complete-through", "31.3.2026"), "not a day such as 2026-03-31"),
            (("desk", "FILE", "--complete-through", "2026-02-30"), "not a day such as 2026-03-31"),
            (("desk", "FILE", "--received-at", "soon"), "not a time such as 2026-03-31T18:00Z"),
            (("desk",), "the following arguments are required: FILE"),
        ],
    )
    def test_what_is_wrong_is_named_with_the_way_out(self, file, arguments, said):
        given = [str(file) if argument == "FILE" else argument for argument in arguments]

        with pytest.raises(CommandError, match=said):
            run("ingest", *given)

        assert not Ingestion.objects.exists()

    def test_a_rejected_file_ends_with_an_error_and_its_reason(self, tmp_path):
        path = tmp_path / "empty.csv"
        path.write_bytes(b"")

        with pytest.raises(CommandError, match=r"^rejected: ") as refused:
            run("ingest", "desk", str(path), "--format", "json")

        assert refused.value.returncode == 1
        assert Ingestion.objects.get().status == "rejected"

    def test_a_reading_that_fails_says_that_it_will_be_tried_again(self, file, monkeypatch):
        def broken(job):
            raise OSError("disk full")

        monkeypatch.setattr(running, "read_file", broken)

        with pytest.raises(CommandError, match="will be tried again: OSError: disk full"):
            run("ingest", "desk", str(file))


@pytest.mark.usefixtures("_desk")
class TestWork:
    def test_it_reads_what_waits_and_says_so(self):
        from metrics.models import Feed

        deliver(Feed.objects.get(), ROWS)

        printed, _ = run("work", "--once")

        assert printed.startswith("1 deliver")
        assert figures()["2026-03"][2] == "50"

    def test_with_nothing_to_do_it_ends_well(self):
        run("work", "--once")
        printed, errors = run("work", "--once")

        assert printed.startswith("0 deliveries")
        assert errors == ""

    def test_a_delivery_that_fails_does_not_hold_up_the_others(self, monkeypatch):
        from metrics.models import Feed

        bad = deliver(Feed.objects.get(), ROWS).ingestion
        good = deliver(a_mapped_feed(code="more"), ROWS).ingestion
        read = running.read_file

        def broken(job):
            if f"/{bad.pk}" in job.out_dir or job.mapping["code"] == "desk":
                raise OSError("disk full")
            return read(job)

        monkeypatch.setattr(running, "read_file", broken)

        with pytest.raises(CommandError, match=r"1 deliver.* failed"):
            run("work", "--once")

        good.refresh_from_db()
        assert good.status == "done"


@pytest.mark.usefixtures("_desk")
class TestVerify:
    def test_nothing_to_find_is_said_and_ends_well(self, file):
        run("ingest", "desk", str(file), "--received-at", APRIL.isoformat())

        assert run("verify")[0].startswith("0 differences")
        assert json.loads(run("verify", "--format", "json")[0]) == []

    def test_differences_are_listed_and_end_with_1(self, file):
        run("ingest", "desk", str(file), "--received-at", APRIL.isoformat())
        ResultRevision.objects.filter(period__label="2026-03").update(value="51")
        out, err = StringIO(), StringIO()

        with pytest.raises(SystemExit) as ended:
            call_command("verify", "--format", "json", stdout=out, stderr=err)

        assert ended.value.code == 1
        assert json.loads(out.getvalue()) == [
            {"where": "sla 2026-03", "what": "value", "stored": "51", "computed": "50"}
        ]
        assert "1 difference" in err.getvalue()


@pytest.mark.parametrize("command", ["ingest", "work", "verify", "explain", "enter", "restate"])
def test_help_shows_an_example(command, capsys):
    with pytest.raises(SystemExit):
        call_command(command, "--help")

    assert f"python manage.py {command}" in capsys.readouterr().out
