import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from metrics.management.output import FORMATS, print_rows
from metrics.portfolio import Plan, PortfolioError, apply
from metrics.portfolio.schema import schema_text
from metrics.portfolio.tables import (
    PLAN_KEYS,
    PROBLEM_KEYS,
    plan_rows,
    print_plan,
    problem_lines,
)


class Command(BaseCommand):
    help = (
        "Bring vendors, contracts, KPIs, service levels and feeds to what portfolio files state. "
        "Nothing is changed when anything is wrong; nothing is ever deleted. "
        "Example: python manage.py apply portfolio/ --plan"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH", help="a file, or a folder of them")
        parser.add_argument("--plan", action="store_true", help="show what would change, only")
        parser.add_argument(
            "--prune", action="store_true", help="archive what the files do not state any more"
        )
        parser.add_argument("--format", choices=FORMATS, default="table")
        parser.add_argument(
            "--schema", action="store_true", help="print the JSON Schema of portfolio files"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["schema"]:
            self.stdout.write(schema_text(), ending="")
            return
        if not options["paths"]:
            raise CommandError("state a file or a folder: manage.py apply PATH")
        form = options["format"]
        try:
            plan = apply(
                paths=options["paths"],
                plan_only=options["plan"],
                prune=options["prune"],
                as_of=datetime.now(UTC),
            )
        except PortfolioError as error:
            self._refuse(error, form)
        else:
            self._show(plan, form)

    def _show(self, plan: Plan, form: str) -> None:
        if form == "json":
            self.stdout.write(json.dumps(plan.as_dict(), indent=2, ensure_ascii=False))
        elif form == "csv":
            self._write_csv(plan_rows(plan), PLAN_KEYS)
        else:
            self._draw(plan)

    def _draw(self, plan: Plan) -> None:
        print_plan(Console(file=cast(IO[str], self.stdout), highlight=False), plan)

    def _write_csv(self, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
        print_rows(rows, columns=(), keys=keys, form="csv", out=self.stdout)

    def _refuse(self, error: PortfolioError, form: str) -> None:
        if form == "csv":
            self._write_csv([problem.as_dict() for problem in error.problems], PROBLEM_KEYS)
        elif form == "json":
            found = {"problems": [problem.as_dict() for problem in error.problems]}
            self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
        else:
            self.stderr.write("\n".join(problem_lines(error.problems)), self.style.NOTICE)
        count = len(error.problems)
        raise CommandError(f"{count} problem{'s' * (count != 1)}: nothing was changed.")
