"""Exchange rates for portfolio figures, from a CSV file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metrics.credits.ratefiles import RateFileError, rates_load


class Command(BaseCommand):
    help = (
        "Load exchange rates from a CSV file with the columns base, quote, day, rate and, if you "
        "like, source: so much of quote was one base on that day. A rate of the same day is "
        "replaced. Portfolio figures are converted by them; a contract's money never is. "
        "Example: python manage.py rates rates.csv"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = rates_load(text=options["file"].read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        except RateFileError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} rate{'s' * (count != 1)} loaded.")
