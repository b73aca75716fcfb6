"""The Celery app: a doorbell for work that the database owns."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

from kpotracker.checks import refuse_unsafe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpotracker.settings")

app = Celery("kpotracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def refuse_to_start(**kwargs: Any) -> None:
    """End a worker or a beat on unsafe settings; Celery swallows any other exception here."""
    try:
        refuse_unsafe()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None


worker_init.connect(refuse_to_start)
beat_init.connect(refuse_to_start)
