"""Take a delivery back, as if it had never come."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from contracts.services.acting import acting_as
from metrics.evaluation.work import work_all
from metrics.feeds.undoing import undo_request
from metrics.management.output import Column, ReadingCommand, print_rows
from metrics.models import Delivery, Ingestion

_KEYS = ("delivery", "feed", "filename", "state", "reason", "by")
_COLUMNS = tuple(Column(key, key.replace("_", " "), right=key == "delivery") for key in _KEYS)


class Command(ReadingCommand):
    help = (
        "Undo DELIVERY: its rows give way to what the other deliveries of its feed say, and "
        "figures follow; final ones are flagged and change by a restatement only."
    )
    example = 'python manage.py undo 31 --reason "export of another team" --by "D. Reyes"'

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("delivery", metavar="DELIVERY", type=int, help="its number")
        parser.add_argument("--reason", required=True, help="why; it stays on record")
        parser.add_argument("--by", metavar="NAME", default="command line", help="who undoes it")

    def read(self, **options: Any) -> None:
        delivery = Delivery.objects.filter(pk=options["delivery"]).first()
        if delivery is None:
            raise CommandError(f"there is no delivery {options['delivery']}")
        undo = _asked(delivery, options)
        report = work_all(as_of=undo.received_at)
        undo = Ingestion.objects.get(pk=undo.pk)
        if undo.status != Ingestion.Status.DONE:
            raise CommandError(_why(undo, report.failures.get(undo.pk, "")))
        row = {
            "delivery": delivery.pk,
            "feed": undo.feed.code,
            "filename": delivery.filename,
            "state": "undone",
            "reason": undo.reason,
            "by": options["by"],
        }
        print_rows([row], columns=_COLUMNS, keys=_KEYS, form=options["format"], out=self.stdout)


def _asked(delivery: Delivery, options: dict[str, Any]) -> Ingestion:
    try:
        with acting_as(options["by"]):
            return undo_request(
                ingestion=delivery.ingestion,
                reason=options["reason"],
                asked_by=None,
                as_of=timezone.now(),
            )
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error


def _why(undo: Ingestion, failure: str) -> str:
    """Why it is not done, and the way out."""
    said = undo.error or {}
    if undo.status == Ingestion.Status.REJECTED:
        return f"nothing was undone: {said.get('message', '')}. {said.get('hint', '')}".rstrip()
    reason = failure or said.get("message", "") or "an earlier delivery of its feed comes first"
    return f"not undone yet, and tried again by `manage.py work`: {reason}"
