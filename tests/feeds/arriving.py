"""Deliveries for tests: a KPI, a mapped feed, and rows that take the way every file takes."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from metrics.evaluation.draining import drain_all
from metrics.evaluation.sweeping import sweep
from metrics.feeds.digests import mapping_digest
from metrics.feeds.intake import delivery_receive
from metrics.feeds.running import ingestion_run
from metrics.models import (
    Delivery,
    DirtyPeriod,
    Feed,
    FeedMapping,
    Ingestion,
    Kpi,
    KpiPeriod,
    Observation,
    ObservationHistory,
)
from tests.factories import a_contract, a_kpi, a_vendor

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
FIRST_DAY = date(2026, 1, 1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

DESK: dict[str, Any] = {
    "code": "desk",
    "format": {"type": "csv"},
    "zone": "UTC",
    "identity": ["number"],
    "times": {"finished": {"column": "closed", "format": "iso"}},
    "targets": [{"kpi": "sla", "good": 'met == "yes"', "valid": 1}],
}
MOVING = DESK | {
    "revision": "rev",
    "targets": [{"kpi": "{team}-sla", "good": 'met == "yes"', "valid": 1}],
}
HEADER = "number,closed,met,rev,team"  # what MOVING reads


def the_contract() -> Any:
    """One contract for all KPIs of a test."""
    from contracts.models import Contract

    return Contract.objects.filter(reference="AC-1").first() or a_contract(a_vendor())


def a_share(code: str = "sla", **fields: Any) -> Kpi:
    """A monthly ratio from January 2026 on, at least 95 %, which the sweep visits."""
    given = {"first_day": FIRST_DAY, "decimals": 0, "next_tick_at": EPOCH}
    return a_kpi(the_contract(), code, **given | fields)


def a_total(code: str, measure: str = "sum", **fields: Any) -> Kpi:
    """A monthly figure of one number a row, without a service level unless one is given."""
    definition = {"measure": measure, "unit": "items"} | fields.pop("definition", {})
    return a_share(code, **{"definition": definition, "level": None} | fields)


def a_mapped_feed(body: Mapping[str, Any] = DESK, **changes: Any) -> Feed:
    """A feed whose mapping is ``body`` with ``changes``."""
    made = {**body, **changes}
    feed = Feed.objects.create(code=made["code"], name=made["code"].title())
    remap(feed, made)
    return feed


def remap(feed: Feed, body: Mapping[str, Any]) -> FeedMapping:
    version = feed.mappings.count() + 1
    return FeedMapping.objects.create(
        feed=feed, version=version, body=dict(body), digest=mapping_digest(body)
    )


def csv(rows: Iterable[str], header: str = "number,closed,met") -> str:
    return "\n".join([header, *rows]) + "\n"


TWO = csv(["1,2026-03-02,yes", "2,2026-03-03,no"])


def deliver(
    feed: Feed,
    content: str | bytes,
    *,
    at: datetime = APRIL,
    complete_through: date | None = None,
    filename: str = "rows.csv",
) -> Delivery:
    """Receive a file; nothing reads it yet."""
    body = content.encode() if isinstance(content, str) else content
    return delivery_receive(
        feed=feed,
        stream=io.BytesIO(body),
        filename=filename,
        received_at=at,
        complete_through=complete_through,
    )


def load(feed: Feed, content: str | bytes, **options: Any) -> Ingestion:
    """Receive a file and read it to its end."""
    delivery = deliver(feed, content, **options)
    ingestion_run(ingestion_id=delivery.ingestion_id)
    return Ingestion.objects.get(pk=delivery.ingestion_id)


def counts(ingestion: Ingestion) -> dict[str, int]:
    """The counts of an ingestion that are not zero."""
    return {name: n for name in Ingestion.COUNTS if (n := getattr(ingestion, name))}


def evaluate(as_of: datetime = APRIL) -> int:
    """Bring figures up to date with what arrived; how many were computed."""
    return drain_all(as_of=as_of)


def pass_time(until: datetime) -> None:
    """What the clock alone brings about by then."""
    sweep(as_of=until)


def in_force() -> list[tuple[Any, ...]]:
    """(kpi, ref, day of March or instant, a, b, value) of every observation, sorted."""
    return sorted(_plain(row) for row in Observation.objects.all())


def superseded() -> list[tuple[Any, ...]]:
    return sorted(_plain(row) for row in ObservationHistory.objects.all())


def _plain(row: Observation | ObservationHistory) -> tuple[Any, ...]:
    code = Kpi.objects.values_list("code", flat=True).get(pk=row.kpi_id)
    day = (EPOCH + timedelta(microseconds=row.at)).date().isoformat()
    numbers = tuple(n for n in (row.a, row.b, row.value) if n is not None)
    return (code, row.ref, day, *numbers)


def marked_months(kpi: Kpi) -> list[date]:
    """Marks of a KPI, as the first days of their periods."""
    marks = DirtyPeriod.objects.filter(kpi_id=kpi.pk).order_by("at").values_list("at", flat=True)
    return [(EPOCH + timedelta(microseconds=at)).date() for at in marks]


def figures(code: str = "sla") -> dict[str, tuple[Any, ...]]:
    """label → (phase, status, value, revisions) of every period of a KPI."""
    heads = KpiPeriod.objects.filter(kpi__code=code).select_related("current")
    return {
        head.label: (head.phase, head.status, head.current.value, head.revisions.count())
        for head in heads.order_by("starts_at")
        if head.current
    }


def read_here(monkeypatch: Any, chunk_rows: int | None = None) -> None:
    """Read files in this process instead of a child: the same events, without its start-up.
    New ones are read in parts of ``chunk_rows``."""
    from metrics.feeds import running
    from metrics.feeds.reading.child import events
    from metrics.feeds.reading.events import Event, Job

    def read(job: Job) -> Iterator[Event]:
        is_new = job.chunk_rows == Job.__dataclass_fields__["chunk_rows"].default
        return events(replace(job, chunk_rows=chunk_rows) if chunk_rows and is_new else job)

    monkeypatch.setattr(running, "read_file", read)
