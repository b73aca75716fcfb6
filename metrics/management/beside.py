"""The work of deliveries beside a web server that has no workers, for a checkout."""

import logging
from threading import Event, Thread

from django.db import connection
from django.utils import timezone

from kpotracker.toolkit import doorbell
from metrics.chores import chores_run
from metrics.evaluation.work import work_all
from metrics.models import Ingestion

logger = logging.getLogger(__name__)

_PAUSE_S = 2.0


def start_work(stop: Event, *, pause_s: float = _PAUSE_S) -> Thread | None:
    """Read what is delivered until ``stop``; None where Redis tells workers of it.

    Only a delivery has figures computed: time that passes alone leaves them as they were printed.
    """
    if doorbell.enabled():
        return None
    thread = Thread(target=_go_on, args=(stop, pause_s), name="work", daemon=True)
    thread.start()
    return thread


def _go_on(stop: Event, pause_s: float) -> None:
    while not stop.wait(pause_s):
        try:
            if Ingestion.objects.filter(status=Ingestion.Status.RECEIVED).exists():
                work_all(as_of=timezone.now())
            chores_run(as_of=timezone.now())
        except Exception:  # the delivery is a committed row: the next round tries it again
            logger.exception("A delivery was not read; it will be tried again.")
        finally:
            connection.close()
