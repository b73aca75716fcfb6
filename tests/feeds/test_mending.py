"""Rows that did not fit, taken along with what is wrong, mended and delivered again."""

import csv as csv_module
import io
import zipfile

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from contracts.models import User
from metrics.feeds import rejects, running
from metrics.feeds.mending import LINE, layout_of
from metrics.feeds.running import ingestion_run
from metrics.models import Ingestion, QuarantinedRow
from tests.factories import a_user
from tests.feeds.arriving import (
    APRIL,
    DESK,
    a_mapped_feed,
    a_share,
    counts,
    csv,
    deliver,
    in_force,
    load,
)
from tests.feeds.test_looking_first import look
from tests.feeds.test_undoing import undo
from tests.pages.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts", "here")]

HEADER = "number,closed,met,note"


@pytest.fixture
def here(monkeypatch):
    """The page reads files in this process, too."""
    monkeypatch.setattr(rejects, "read_file", lambda job: running.read_file(job))


def dirty(feed):
    rows = ["1,2026-03-02,yes,fine", '2,2026-02-30,yes,"=1+1"', "3,31/03,no,@odd", "4,x"]
    return load(feed, csv(rows, HEADER))


def taken(ingestion, kind="csv"):
    number = ingestion.deliveries.first().pk
    olga = User.objects.filter(username="olga").first() or a_user("olga")
    answer = signed_in(olga).get(f"/deliveries/{number}/rejects.{kind}")
    assert answer.status_code == 200
    return answer.getvalue() if kind == "csv" else answer.content


def as_rows(content):
    return list(csv_module.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def mended(feed, ingestion, content, name="mended.csv"):
    found = deliver_mended(feed, ingestion, content, name)
    ingestion_run(ingestion_id=found.pk)
    return Ingestion.objects.get(pk=found.pk)


def deliver_mended(feed, ingestion, content, name):
    from metrics.feeds.intake import delivery_receive

    body = content.encode() if isinstance(content, str) else content
    return delivery_receive(
        feed=feed,
        stream=io.BytesIO(body),
        filename=name,
        received_at=APRIL,
        mends=ingestion,
        layout=layout_of(ingestion, name),
    ).ingestion


def test_each_row_stands_as_it_was_with_what_is_wrong_beside_it():
    a_share()
    header, *rows = as_rows(taken(dirty(a_mapped_feed())))

    assert header[:5] == ["number", "closed", "met", "note", LINE]
    assert [row[:6] for row in rows] == [
        ["2", "2026-02-30", "yes", "'=1+1", "3", "closed"],
        ["3", "31/03", "no", "'@odd", "4", "closed"],
        ["4", "x", "", "", "5", ""],
    ]
    assert rows[0][7:] == [
        "time_calendar",
        "''2026-02-30' in column 'closed' is not a time of the calendar"[1:],
        "send a day and a time that exist",
    ]


def sheet_of(content):
    """The texts of a workbook's rows, by the reader that deliveries go through."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return list(book.get_sheet_by_index(0).to_python())


def test_a_workbook_holds_the_same_as_texts():
    a_share()
    _, first, *_ = sheet_of(taken(dirty(a_mapped_feed()), "xlsx"))

    assert first[:6] == ["2", "2026-02-30", "yes", "=1+1", "3", "closed"]


def test_mended_they_count_and_their_rejects_say_so():
    a_share()
    feed = a_mapped_feed()
    first = dirty(feed)
    text = taken(first).decode().replace("2026-02-30,yes", "2026-03-28,yes", 1)

    second = mended(feed, first, text)

    assert counts(second) == {"read": 3, "accepted": 1, "quarantined": 2}
    assert [ref for _, ref, *_ in in_force()] == ["1", "2"]
    by = dict(QuarantinedRow.objects.filter(ingestion=first).values_list("line", "mended_by"))
    assert by == {3: second.pk, 4: None, 5: None}
    assert [row[4] for row in as_rows(taken(first))[1:]] == ["4", "5"]


def test_a_mended_workbook_counts_as_well():
    a_share()
    feed = a_mapped_feed()
    first = dirty(feed)
    rows = sheet_of(taken(first, "xlsx"))
    rows[1][1], rows[2][1] = "2026-03-28", "2026-03-31"
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    second = mended(feed, first, kept.getvalue(), "mended.xlsx")

    assert counts(second) == {"read": 3, "accepted": 2, "quarantined": 1}


def test_what_was_guarded_as_a_formula_is_itself_again():
    a_share()
    feed = a_mapped_feed()
    first = load(feed, csv(["-a,2026-02-30,yes"]))
    text = taken(first).decode().replace("2026-02-30", "2026-03-28", 1)
    assert "'-a" in text

    mended(feed, first, text)

    assert in_force() == [("sla", "-a", "2026-03-28", 1, 1)]


def test_lines_of_objects_are_mended_as_a_table():
    a_share()
    feed = a_mapped_feed(DESK | {"format": {"type": "ndjson"}})
    lines = [
        '{"number": 1, "closed": "2026-02-30", "met": "yes", "by": {"name": "ann"}}',
        "not JSON",
        '{"number": 2, "closed": "2026-03-02", "met": "no"}',
    ]
    first = load(feed, "\n".join(lines) + "\n")
    header, *rows = as_rows(taken(first))
    assert header[:4] == ["number", "closed", "met", "by.name"]
    assert [row[:5] for row in rows] == [
        ["1", "2026-02-30", "yes", "ann", "1"],
        ["", "", "", "", "2"],
    ]

    text = taken(first).decode().replace("2026-02-30", "2026-03-28", 1)

    assert counts(mended(feed, first, text)) == {"read": 2, "accepted": 1, "quarantined": 1}


def test_a_file_without_the_lines_mends_rows_nobody_can_name():
    a_share()
    feed = a_mapped_feed()
    first = dirty(feed)

    second = mended(feed, first, csv(["2,2026-03-28,yes"]))

    assert counts(second) == {"read": 1, "accepted": 1}
    assert not QuarantinedRow.objects.filter(mended_by=second).exists()


def test_undoing_the_mended_rows_leaves_them_to_be_mended_again():
    a_share()
    feed = a_mapped_feed()
    first = dirty(feed)
    second = mended(feed, first, taken(first).decode().replace("2026-02-30", "2026-03-28", 1))

    undo(second)

    assert not QuarantinedRow.objects.exclude(mended_by=None).exists()
    assert [ref for _, ref, *_ in in_force()] == ["1"]


def test_the_look_at_mended_rows_reads_them_the_same_way():
    a_share()
    feed = a_mapped_feed()
    first = dirty(feed)
    text = taken(first).decode().replace("2026-02-30", "2026-03-28", 1)

    upload = look(feed, text, a_user("vera"), mends=first)

    assert upload.preview["verdicts"] == {"accepted": 1, "quarantined": 2}
    assert deliver(feed, csv([])).ingestion.mends is None
