"""Doing whatever is due: deliveries to read, changes to evaluate, periods that ended."""

from dataclasses import dataclass, field
from datetime import datetime

from metrics.evaluation.sweeping import sweep
from metrics.feeds.running import Progress, ingestion_run, ingestions_due
from metrics.models import Ingestion


@dataclass
class WorkReport:
    """What was done: ingestions brought to an end, periods computed or made final, failures."""

    ingestions: list[Ingestion] = field(default_factory=list)
    periods: int = 0
    failures: dict[int, str] = field(default_factory=dict)


def work_all(*, as_of: datetime, progress: Progress | None = None) -> WorkReport:
    """Work until nothing is left. A failing ingestion is noted and set aside, others go on."""
    report = WorkReport()
    while todo := [pk for pk in ingestions_due() if pk not in report.failures]:
        for pk in todo:
            _ingest(pk, report, progress)
    report.periods = sweep(as_of=as_of)
    return report


def _ingest(pk: int, report: WorkReport, progress: Progress | None) -> None:
    try:
        ingestion = ingestion_run(ingestion_id=pk, progress=progress)
    except Exception as error:
        report.failures[pk] = f"{type(error).__name__}: {error}"
        return
    if ingestion:
        report.ingestions.append(ingestion)
