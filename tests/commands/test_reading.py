import csv
import json
from datetime import date
from io import StringIO
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from metrics.feeds import intake
from metrics.management.output import print_rows
from metrics.models import Delivery
from tests.factories import a_case, a_charge, a_contract, a_figure, a_kpi, a_vendor
from tests.feeds.arriving import a_mapped_feed, a_share

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


@pytest.fixture
def _portfolio():
    acme, other = a_vendor("acme"), a_vendor("other")
    contract = a_contract(acme, "AC-1")
    accuracy = a_kpi(contract, "accuracy", name="Forecast accuracy")
    a_figure(accuracy, date(2026, 2, 1), "96")
    a_case(a_figure(accuracy, MARCH, "94.996", "BELOW_MINIMUM"))
    a_figure(a_kpi(contract, "volume", family="throughput"), MARCH, None, "NO_DATA")
    a_figure(a_kpi(a_contract(other, "OT-1"), "speed"), MARCH, "99")


def run(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("_portfolio")
class TestResults:
    def test_they_are_printed_one_line_per_kpi_and_period(self):
        printed = run("results", "--vendor", "acme")

        lines = [line.split() for line in printed.splitlines()[2:] if line]
        assert [line[:2] for line in lines] == [
            ["accuracy", "2026-03"],
            ["accuracy", "2026-02"],
            ["volume", "2026-03"],
        ]
        assert "94.99 %" in printed
        assert "95.00" not in printed
        assert "■ Missed" in printed
        assert "○ No data" in printed

    @pytest.mark.parametrize(
        ("filters", "kpis"),
        [
            ((), ["accuracy", "accuracy", "speed", "volume"]),
            (("--vendor", "other"), ["speed"]),
            (("--contract", "AC-1", "--period", "2026-03"), ["accuracy", "volume"]),
            (("--kpi", "accuracy"), ["accuracy", "accuracy"]),
            (("--period", "2026-02"), ["accuracy"]),
            (("--period", "2026-Q1", "--kpi", "speed"), ["speed"]),
            (("--period", "2025"), []),
        ],
    )
    def test_filters_keep_what_they_name(self, filters, kpis):
        rows = json.loads(run("results", "--format", "json", *filters))

        assert [row["kpi"] for row in rows] == kpis

    def test_json_and_csv_carry_the_same_rows(self):
        as_json = json.loads(run("results", "--format", "json"))
        as_csv = list(csv.DictReader(StringIO(run("results", "--format", "csv"))))

        assert [row["value"] for row in as_json] == [94.996, 96.0, 99.0, None]
        assert [row["value"] for row in as_csv] == ["94.996", "96.0", "99.0", ""]
        assert [list(row) for row in as_csv] == [list(row) for row in as_json]

    def test_nothing_found_says_what_to_do(self):
        assert "ingest a feed" in run("results", "--period", "1999")


@pytest.mark.usefixtures("_portfolio")
@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("results", "--vendor", "acne"), "vendor 'acne' is unknown: did you mean acme?"),
        (("results", "--contract", "zz"), "contract 'zz' is unknown: use one of AC-1, OT-1"),
        (("results", "--kpi", "acuracy"), "KPI 'acuracy' is unknown: did you mean accuracy?"),
        (("results", "--period", "March"), "period 'March' is not one: write 2026-03"),
        (("breaches", "--vendor", "acne"), "vendor 'acne' is unknown: did you mean acme?"),
        (("scorecard", "ac-2"), "vendor or contract 'ac-2' is unknown: did you mean AC-1 or acme?"),
        (("scorecard", "acme", "--period", "2026-13"), "period '2026-13' is not one"),
    ],
)
def test_an_unknown_code_is_refused_with_the_way_out(command, message):
    with pytest.raises(CommandError) as refused:
        run(*command)

    assert str(refused.value).startswith(message)
    assert refused.value.returncode == 1


@pytest.mark.usefixtures("_portfolio")
class TestBreaches:
    def test_they_are_printed_with_their_figure(self):
        printed = run("breaches")

        assert printed.splitlines()[2].split()[:6] == [
            "Open",
            "major",
            "acme",
            "AC-1",
            "accuracy",
            "2026-03",
        ]

    @pytest.mark.parametrize(
        ("filters", "count"),
        [
            (("--state", "open"), 1),
            (("--state", "unsettled"), 1),
            (("--state", "waived"), 0),
            (("--vendor", "other"), 0),
            (("--contract", "AC-1"), 1),
        ],
    )
    def test_filters_keep_what_they_name(self, filters, count):
        assert len(json.loads(run("breaches", "--format", "json", *filters))) == count

    def test_none_says_so(self):
        assert run("breaches", "--vendor", "other") == "No breach cases.\n"


@pytest.mark.usefixtures("_portfolio")
class TestScorecard:
    def test_it_shows_the_month_of_the_newest_result_family_by_family(self):
        printed = run("scorecard", "acme")

        assert printed.startswith("Acme (acme), March 2026")
        assert "Outcome: 0.0, 100 % of the weight measured" in printed
        assert "Throughput: not rated" in printed
        assert "Transparency: nothing promised" in printed

    def test_it_takes_a_contract_and_a_period(self):
        printed = run("scorecard", "AC-1", "--period", "2026-02")

        assert "February 2026" in printed
        assert "Outcome: 100.0" in printed

    def test_json_keeps_families_apart_and_unrated_ones_null(self):
        card = json.loads(run("scorecard", "acme", "--format", "json"))

        assert [(f["family"], f["score"], f["rated"]) for f in card["families"]] == [
            ("outcome", 0.0, True),
            ("throughput", None, False),
            ("transparency", None, False),
            ("compliance", None, False),
        ]
        assert "score" not in card

    def test_csv_has_a_line_per_kpi(self):
        rows = list(csv.DictReader(StringIO(run("scorecard", "acme", "--format", "csv"))))

        assert [(row["kpi"], row["status"]) for row in rows] == [
            ("accuracy", "BELOW_MINIMUM"),
            ("volume", "NO_DATA"),
        ]

    def test_a_vendor_without_results_is_refused_with_the_way_out(self):
        a_charge(a_contract(a_vendor("idle"), "ID-1"), MARCH, 100)

        with pytest.raises(CommandError, match="has no results yet: ingest its feeds"):
            run("scorecard", "idle")


def test_a_csv_cell_is_never_run_as_a_formula_and_numbers_stay_numbers():
    out = StringIO()
    row = {"text": "=1+1", "number": -5, "nothing": None}

    print_rows([row], columns=(), keys=tuple(row), form="csv", out=OutputWrapper(out))

    assert out.getvalue() == "text,number,nothing\n'=1+1,-5,\n"


def test_a_disk_that_is_full_takes_nothing_and_says_so(tmp_path, monkeypatch):
    a_mapped_feed()
    path = tmp_path / "rows.csv"
    path.write_text("number,closed,met\n")
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(intake, "store", Mock(side_effect=full))

    with pytest.raises(CommandError, match=r"nothing has changed: .*No space left on device"):
        run("ingest", "desk", str(path))

    assert not Delivery.objects.exists()


NAMED = "[/red] :smile: [bold]Speed"


def test_a_name_in_a_table_is_no_markup():
    kpi = a_kpi(a_contract(a_vendor("acme")), "speed", name=NAMED)
    a_figure(kpi, MARCH, "99")

    assert NAMED in run("scorecard", "acme")


def test_an_ingestion_as_csv_is_one_sound_row_whatever_the_file_is_called(tmp_path):
    a_share()
    a_mapped_feed()
    path = tmp_path / '=1+1, "x" [b].csv'
    path.write_text("number,closed,met\n1,2026-03-01,yes\n")

    assert path.name in run("ingest", "desk", str(path))
    rows = list(csv.DictReader(StringIO(run("ingest", "desk", str(path), "--format", "csv"))))

    assert [row["filename"] for row in rows] == [f"'{path.name}"]
    assert rows[0]["duplicate"] == "1"
    assert None not in rows[0]


@pytest.mark.parametrize("command", ["results", "breaches", "scorecard"])
def test_help_shows_an_example(command, capsys):
    with pytest.raises(SystemExit):
        call_command(command, "--help")

    assert f"example:\n  python manage.py {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["apply", "demo", "work"])
def test_help_of_a_command_that_does_work_has_an_example_too(command, capsys):
    with pytest.raises(SystemExit):
        call_command(command, "--help")

    assert f"Example: python manage.py {command}" in " ".join(capsys.readouterr().out.split())
