"""What workers do. A message only says "look": the database holds the work itself."""

from celery import shared_task

from kpotracker.toolkit import doorbell
from kpotracker.toolkit.dbclock import now
from metrics.alerts.work import alerts_ring, alerts_run
from metrics.chores import chores_run
from metrics.evaluation.draining import drain_all
from metrics.evaluation.sweeping import sweep as sweep_all
from metrics.feeds.running import ingestion_run, ingestions_due


@shared_task(name="metrics.tasks.ingest")
def ingest(ingestion_id: int) -> None:
    """Read one delivery, then evaluate what it changed, and ring for the next one of its feed."""
    ingestion = ingestion_run(ingestion_id=ingestion_id)
    if ingestion:
        doorbell.ring("metrics.tasks.drain")
        for following in ingestions_due(feed_id=ingestion.feed_id):
            doorbell.ring("metrics.tasks.ingest", following)


@shared_task(name="metrics.tasks.drain")
def drain() -> None:
    """Evaluate what changed."""
    drain_all(as_of=now())
    alerts_ring()


@shared_task(name="metrics.tasks.alerts")
def alerts() -> None:
    """Tell people of what happened."""
    alerts_run(now())


@shared_task(name="metrics.tasks.sweep")
def sweep() -> None:
    """Find what no message told of: stranded deliveries, ended periods, grace that ran out."""
    for ingestion_id in ingestions_due():
        doorbell.ring("metrics.tasks.ingest", ingestion_id)
    as_of = now()
    sweep_all(as_of=as_of)
    chores_run(as_of=as_of)
