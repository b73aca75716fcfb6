"""What workers do. A message only says "look": the database holds the work itself."""

from celery import shared_task
from django.utils import timezone

from kpotracker.toolkit import doorbell
from metrics.evaluation.draining import drain_all
from metrics.evaluation.sweeping import sweep as sweep_all
from metrics.feeds.running import ingestion_run, ingestions_due


@shared_task(name="metrics.tasks.ingest")
def ingest(ingestion_id: int) -> None:
    """Read one delivery, then evaluate what it changed."""
    if ingestion_run(ingestion_id=ingestion_id):
        doorbell.ring("metrics.tasks.drain")


@shared_task(name="metrics.tasks.drain")
def drain() -> None:
    """Evaluate what changed."""
    drain_all(as_of=timezone.now())


@shared_task(name="metrics.tasks.sweep")
def sweep() -> None:
    """Find what no message told of: stranded deliveries, ended periods, grace that ran out."""
    for ingestion_id in ingestions_due():
        doorbell.ring("metrics.tasks.ingest", ingestion_id)
    sweep_all(as_of=timezone.now())
