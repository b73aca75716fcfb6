"""Replace a final figure, with a reason and an approver."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from contracts.selectors.scope import EVERYTHING
from metrics.evaluation.restating import RestatementError, result_restate
from metrics.management.output import ReadingCommand
from metrics.management.results import print_results
from metrics.models import KpiPeriod
from metrics.selectors.kpis import period_by_label


class Command(ReadingCommand):
    help = (
        "Compute the final figure of KPI in PERIOD again from the rows known today. The figure "
        "replaced stays on record."
    )
    example = (
        'python manage.py restate stratus-availability 2026-06 --by "P. Osei" '
        '--reason "the log of June came on 24 July"'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kpi", metavar="KPI")
        parser.add_argument("period", metavar="PERIOD", help="its label, such as 2026-03")
        parser.add_argument("--reason", required=True, help="why the figure has to change")
        parser.add_argument("--by", required=True, metavar="NAME", help="who approves it")

    def read(self, **options: Any) -> None:
        period = period_by_label(options["kpi"], options["period"], scope=EVERYTHING)
        try:
            made = result_restate(
                period=period,
                reason=options["reason"],
                approved_by=options["by"],
                as_of=timezone.now(),
            )
        except RestatementError as error:
            raise CommandError(str(error)) from error
        if made is None:
            self.stderr.write("The rows known today give the same figure: nothing was replaced.")
        print_results(KpiPeriod.objects.filter(pk=period.pk), options["format"], self.stdout)
