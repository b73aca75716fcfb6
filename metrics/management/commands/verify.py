"""Recompute everything from the rows and compare."""

from typing import Any

from metrics.evaluation.verifying import as_row, verify_all
from metrics.management.output import Column, ReadingCommand, print_rows

_KEYS = ("where", "what", "stored", "computed")


class Command(ReadingCommand):
    help = "Recompute every figure from its rows and compare; exit 1 with the differences."
    example = "python manage.py verify --format json"

    def read(self, **options: Any) -> None:
        found = [as_row(difference) for difference in verify_all()]
        print_rows(
            found,
            columns=[Column(key, key.capitalize()) for key in _KEYS],
            keys=_KEYS,
            form=options["format"],
            out=self.stdout,
            empty="0 differences: every figure is what its rows give.",
        )
        if found:
            self.stderr.write(f"{len(found)} difference{'s' * (len(found) != 1)}")
            raise SystemExit(1)
