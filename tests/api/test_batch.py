"""Pushing rows: each is answered for, and they are a delivery like any other."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from metrics.evaluation.work import work_all
from metrics.feeds import batches, storage
from metrics.models import Delivery, Ingestion, QuarantinedRow
from tests.api.pushing import (
    EVENT,
    EVENTS,
    JSON,
    LINES,
    event,
    everything,
    push,
    pushed,
    remap,
    row,
    verdicts,
)
from tests.api.sending import CSV, send
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(acme: Holding) -> Holding:
    remap(acme)
    return acme


@pytest.fixture
def sender(desk: Holding, deliverer: Program) -> Program:
    return deliverer


def test_rows_are_in_when_the_answer_comes(sender: Program) -> None:
    answer = push(sender, [row("INC1"), row("INC2", hours=30)])
    body = answer.json()
    assert answer.status_code == 200
    assert body["items"] == [
        {"index": 0, "verdict": "accepted"},
        {"index": 1, "verdict": "accepted"},
    ]
    assert (body["counts"]["accepted"], body["status"], body["rejection"]) == (2, "done", None)
    found = pushed().order_by("ref").values_list("ref", "a", "b", "load_id")
    delivery = Delivery.objects.get(pk=body["delivery"])
    load = delivery.ingestion_id
    assert list(found) == [("INC1", 100, 100, load), ("INC2", 0, 100, load)]
    assert delivery.delivered_by.startswith("key test (kpo_")
    assert body["status_url"] == f"http://testserver/api/v1/deliveries/{delivery.pk}"
    assert sender.get(body["status_url"]).json()["counts"]["accepted"] == 2


def test_a_mixed_batch_names_each_fault_by_its_place(sender: Program) -> None:
    answer = push(
        sender,
        [
            row("INC1"),
            row("INC2", closed="2026-02-30T10:00:00Z"),
            row("INC3", hours="many"),
            row(""),
        ],
    )
    items = answer.json()["items"]
    assert answer.status_code == 207
    assert [item["verdict"] for item in items] == ["accepted", "rejected", "rejected", "rejected"]
    assert [item["pointer"] for item in items[1:]] == ["/1/closed", "/2/hours", "/3/number"]
    assert all(item["code"] and item["detail"] and item["hint"] for item in items[1:])
    delivery = Delivery.objects.get(pk=answer.json()["delivery"])
    aside = QuarantinedRow.objects.filter(ingestion=delivery.ingestion)
    assert list(aside.values_list("line", flat=True)) == [2, 3, 4]
    assert (delivery.ingestion.read, delivery.ingestion.quarantined) == (4, 3)


def test_the_same_rows_again_are_duplicates_and_change_nothing(sender: Program) -> None:
    push(sender, [row("INC1"), row("INC2", hours="many")])
    before = list(pushed().values())
    again = push(sender, [row("INC1"), row("INC2", hours="many")])
    assert (again.status_code, again.json()["repeated"]) == (207, True)
    assert verdicts(again) == ["duplicate", "rejected"]
    assert list(pushed().values()) == before
    assert Ingestion.objects.filter(filename="batch.ndjson").count() == 1
    other = push(sender, [row("INC1"), row("INC3")])
    assert (other.status_code, verdicts(other)) == (200, ["duplicate", "accepted"])


def test_a_later_content_corrects_and_the_older_one_stays_behind_it(sender: Program) -> None:
    push(sender, [row(hours=6)])
    corrected = push(sender, [row(hours=30)])
    assert (corrected.status_code, verdicts(corrected)) == (200, ["corrected"])
    assert pushed().get().a == 0
    late = push(sender, [row(hours=6)])
    assert (late.status_code, verdicts(late)) == (200, ["stale"])
    assert pushed().get().a == 0


def test_what_nothing_tells_to_be_newer_is_conflicting(desk: Holding, sender: Program) -> None:
    remap(desk, revision="rev")
    assert verdicts(push(sender, [row(rev=1)])) == ["accepted"]
    answer = push(sender, [row(rev=1, hours=30)])
    assert (answer.status_code, verdicts(answer)) == (207, ["conflicting"])
    assert "hint" in answer.json()["items"][0]
    assert verdicts(push(sender, [row(rev=0, hours=40)])) == ["stale"]


def test_what_the_mapping_leaves_out_is_filtered(desk: Holding, sender: Program) -> None:
    remap(desk, where='team == "a"', revision="rev")
    answer = push(sender, [row("INC1", team="a", rev=1), row("INC2", team="b", rev=1)])
    assert (answer.status_code, verdicts(answer)) == (200, ["accepted", "filtered"])


@pytest.mark.parametrize(
    ("kind", "body", "pointer"),
    [
        (JSON, [row(), row("INC2", hours="x")], "/1/hours"),
        (JSON, {"observations": [row(), row("INC2", hours="x")]}, "/observations/1/hours"),
        (LINES, f"{json.dumps(row())}\r\n\n{json.dumps(row('INC2', hours='x'))}", "/1/hours"),
        ("application/jsonl", f"{json.dumps(row())}\n[1\n", "/1"),
        (EVENTS, [event(row()), event(row("INC2", hours="x"))], "/1/data/hours"),
    ],
)
def test_every_kind_of_body_is_taken(sender: Program, kind: str, body: Any, pointer: str) -> None:
    answer = push(sender, body, kind)
    assert (answer.status_code, verdicts(answer)) == (207, ["accepted", "rejected"])
    assert answer.json()["items"][1]["pointer"] == pointer


def test_an_event_leaves_its_attributes_in_the_papers(sender: Program) -> None:
    sent = event(row(), time="2020-01-01T00:00:00Z")
    answer = push(sender, sent, EVENT)
    assert (answer.status_code, verdicts(answer)) == (200, ["accepted"])
    stored = Delivery.objects.get(pk=answer.json()["delivery"])
    line = json.loads(storage.absolute(stored.ingestion.path).read_bytes())
    assert line.pop("cloudevent") == {name: sent[name] for name in sent if name != "data"}
    assert line == row()
    assert stored.filename == "events.ndjson"
    assert pushed().get().at == 1_772_445_600_000_000  # closed, not the event's time


def test_the_time_of_an_event_counts_where_it_is_mapped(desk: Holding, sender: Program) -> None:
    remap(desk, times={"finished": {"column": "cloudevent.time", "format": "iso"}})
    push(sender, event(row(), time="2026-03-05T00:00:00Z"), EVENT)
    assert pushed().get().at == 1_772_668_800_000_000


def test_an_event_may_come_in_headers(sender: Program) -> None:
    headers = {"ce_specversion": "1.0", "ce_id": "e1", "ce_source": "/d%20k", "ce_type": "t"}
    answer = push(sender, row(), **headers)
    assert (answer.status_code, verdicts(answer)) == (200, ["accepted"])
    stored = Delivery.objects.get(pk=answer.json()["delivery"]).ingestion
    line = json.loads(storage.absolute(stored.path).read_bytes())
    assert line["cloudevent"]["source"] == "/d k"
    bad = push(sender, row(), ce_specversion="1.0", ce_id="e1")
    assert bad.status_code == 400
    assert {error["code"] for error in bad.json()["errors"]} == {"required"}


def test_texts_and_numbers_reach_the_mapping_as_they_were_sent(
    desk: Holding, sender: Program
) -> None:
    raw = (
        '[{"number": "00123", "closed": "2026-03-02", "hours": 6},'
        ' {"number": 12345678901234567890, "closed": "2026-03-02", "hours": 24.0},'
        ' {"number": "INC3", "closed": "2026-03-02", "hours": true}]'
    )
    answer = push(sender, raw)
    assert verdicts(answer) == ["accepted", "accepted", "rejected"]
    refs = pushed().order_by("ref").values_list("ref", flat=True)
    assert list(refs) == ["00123", "12345678901234567890"]
    assert answer.json()["items"][2]["pointer"] == "/2/hours"


def test_decimals_are_written_as_in_the_files_of_the_feed(desk: Holding, sender: Program) -> None:
    remap(desk, format={"type": "csv", "delimiter": ";", "decimal": ","})
    answer = push(sender, [row("INC1", hours="23,5"), row("INC2", hours=24.5)])
    assert verdicts(answer) == ["accepted", "accepted"]
    assert list(pushed().order_by("ref").values_list("a", flat=True)) == [100, 0]


def test_a_nested_value_is_named_by_its_path(desk: Holding, sender: Program) -> None:
    remap(desk, targets=[{"kpi": "acme-accuracy", "good": "work.hours <= 24", "valid": "1"}])
    rows = [row("INC1", work={"hours": "x"}), row("INC2") | {"work.hours": "x"}]
    items = push(sender, [row("INC0", work={"hours": 1}), *rows]).json()["items"]
    assert [item["pointer"] for item in items[1:]] == ["/1/work/hours", "/2/work.hours"]


def test_members_that_the_mapping_does_not_name_are_kept_and_not_read(sender: Program) -> None:
    answer = push(sender, [row(extra={"any": [1]})])
    assert (answer.status_code, verdicts(answer)) == (200, ["accepted"])


def test_a_missing_column_rejects_all_rows_and_is_on_record(sender: Program) -> None:
    without = {"number": "INC1", "closed": "2026-03-02"}
    answer = push(sender, [without, without])
    body = answer.json()
    assert (answer.status_code, verdicts(answer)) == (207, ["rejected", "rejected"])
    assert "hours" in body["rejection"]["message"]
    assert (body["status"], body["counts"]["rejected"]) == ("rejected", 2)
    assert not pushed().exists()
    foreseen = push(sender, [without, without], query="dry_run=true")
    assert foreseen.json()["rejection"] == body["rejection"]


def test_completeness_is_attested_in_the_address_or_the_body(sender: Program) -> None:
    first = push(sender, [row()], query="complete_through=2026-03-31")
    second = push(sender, {"complete_through": "2026-03-30", "observations": [row("INC2")]})
    days = [
        Delivery.objects.get(pk=one.json()["delivery"]).complete_through for one in (first, second)
    ]
    assert days == [date(2026, 3, 31), date(2026, 3, 30)]
    both = push(
        sender,
        {"complete_through": "2026-03-30", "observations": [row()]},
        query="complete_through=2026-03-31",
    )
    assert both.status_code == 400
    assert push(sender, [row()], query="complete_through=2099-01-01").status_code == 400


def test_a_dry_run_says_the_same_and_keeps_nothing(sender: Program) -> None:
    push(sender, [row("INC1"), row("INC2")])
    rows = [row("INC1"), row("INC2", hours=40), row("INC3"), row("INC4", hours="x")]
    before = everything()
    foreseen = push(sender, rows, query="dry_run=true", idempotency_key="k")
    assert everything() == before
    assert foreseen.json()["delivery"] is None
    done = push(sender, rows)
    assert foreseen.status_code == done.status_code == 207
    assert verdicts(done) == ["duplicate", "corrected", "accepted", "rejected"]
    for name in ("items", "counts"):
        assert foreseen.json()[name] == done.json()[name]


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_refuses_what_a_push_would_refuse(sender: Program) -> None:
    ahead = "complete_through=2999-01-01"
    for query in (ahead, f"{ahead}&dry_run=true"):
        answer = push(sender, [row()], query=query)
        assert (answer.status_code, "lies ahead" in answer.json()["detail"]) == (400, True)


def test_a_larger_batch_is_loaded_by_a_worker(
    desk: Holding, sender: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE_ROWS", 2)
    rows = [row(f"INC{n}") for n in range(2)] + [row("INC9", hours="x")]
    answer = push(sender, rows)
    body = answer.json()
    assert (answer.status_code, body["status"], body["counts"]) == (202, "received", None)
    assert answer.headers["Location"] == body["status_url"]
    small = push(sender, [row("INC5")])
    assert small.status_code == 202, "it waits for its turn"
    work_all(as_of=datetime(2026, 5, 1, tzinfo=UTC))
    counts = sender.get(body["status_url"]).json()["counts"]
    assert (counts["accepted"], counts["quarantined"]) == (2, 1)
    assert pushed().count() == 3
    assert push(sender, rows, query="dry_run=true").status_code == 413


def test_a_batch_behind_a_file_that_is_not_in_yet_waits(sender: Program) -> None:
    assert send(sender, CSV).status_code == 202
    assert push(sender, [row()]).status_code == 202
    assert not pushed().exists()


def test_feeds_that_take_no_rows_say_so(acme: Holding, sender: Program) -> None:
    for kind in ("reference", "manual"):
        type(acme.feed).objects.filter(pk=acme.feed.pk).update(kind=kind)
        assert push(sender, [row()]).status_code == 409


def test_only_keys_that_may_deliver_to_this_vendor_are_let_in(
    desk: Holding, zeta: Holding, reader: Program
) -> None:
    assert push(reader, [row()]).status_code == 403
    assert push(a_program("ingest", vendor=zeta.vendor), [row()]).status_code == 404
    assert push(Program({}), [row()]).status_code == 401
    assert not pushed().exists()
