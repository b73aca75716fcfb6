"""Do what is due without a message broker: once, or as a small worker that goes on."""

import signal
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from metrics.chores import chores_run
from metrics.evaluation.work import WorkReport, work_all

_PAUSE_S = 5


class Command(BaseCommand):
    help = (
        "Read waiting deliveries, evaluate what changed, visit periods that ended, and do the "
        "chores: alerts, mails, the audit chain. "
        "Example: python manage.py work --once"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when nothing is left")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            report = _round()
            self._print(report)
            if report.failures:
                raise CommandError(f"{len(report.failures)} deliveries failed, see above")
            return
        self._go_on()

    def _go_on(self) -> None:
        stopping: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _frame: stopping.append(received))
        while not stopping:
            report = _round()
            if report.ingestions or report.periods or report.failures:
                self._print(report)
            _sleep_unless(stopping)

    def _print(self, report: WorkReport) -> None:
        read, figures = len(report.ingestions), report.periods
        self.stdout.write(
            f"{read} deliver{'y' if read == 1 else 'ies'} read, "
            f"{figures} figure{'s' * (figures != 1)} brought up to date"
        )
        for pk, reason in report.failures.items():
            self.stderr.write(f"delivery {pk} failed and will be tried again: {reason}")


def _round() -> WorkReport:
    as_of = timezone.now()
    report = work_all(as_of=as_of)
    chores_run(as_of=as_of)
    return report


def _sleep_unless(stopping: list[int]) -> None:
    for _ in range(_PAUSE_S):
        if stopping:
            return
        time.sleep(1)
