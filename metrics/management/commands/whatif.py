"""Proposed terms judged against past rows, without touching anything."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import now

from contracts.selectors.scope import EVERYTHING
from contracts.services.currencies import money_text
from metrics.backtests.documents import KEYS, document_of, flat_rows
from metrics.backtests.figures import NotBackTestableError
from metrics.backtests.ranges import range_of
from metrics.backtests.results import BackTest, Sum, causes_of, failures_of
from metrics.backtests.running import terms_backtest
from metrics.management.output import Column, ReadingCommand, as_json, print_rows
from metrics.portfolio import PortfolioError
from metrics.portfolio.reader import MAX_BYTES
from metrics.portfolio.tables import problem_lines
from metrics.selectors.wording_defaults import CAUSES

_COLUMNS = (
    Column("kpi", "KPI"),
    Column("period", "Period"),
    Column("value_then", "Then", right=True),
    Column("value_now", "Now", right=True),
    Column("status_then", "Verdict then"),
    Column("status_now", "Verdict now"),
    Column("credit_then", "Credit then", right=True),
    Column("credit_now", "Credit now", right=True),
    Column("currency", ""),
    Column("phase", "Stands"),
    Column("change", "What changes"),
)


class Command(ReadingCommand):
    help = (
        "Judge proposed levels, periods, relief and credits against past rows: failures and "
        "credits then and now. Nothing is changed. TERMS is a portfolio file that states only "
        "what changes; a line without valid_from holds for the whole range."
    )
    example = "python manage.py whatif terms.yaml --since 2024-11"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("terms", metavar="TERMS", help="a YAML file")
        parser.add_argument("--since", required=True, help="the first month, or a day")
        parser.add_argument("--until", help="the last month, or a day; by itself today")
        parser.add_argument("--contract", metavar="REFERENCE", help="tell of this contract alone")
        parser.add_argument("--kpi", metavar="CODE", help="tell of this KPI alone")

    def read(self, **options: Any) -> None:
        as_of = now()
        span = range_of(options["since"], options["until"], today=as_of.date())
        try:
            found = terms_backtest(
                text=_text(options["terms"]),
                since=span.since,
                until=span.until,
                scope=EVERYTHING,
                as_of=as_of,
                contract=options["contract"],
                kpi=options["kpi"],
                most=None,
            )
        except PortfolioError as error:
            self.stderr.write("\n".join(problem_lines(error.problems)), self.style.NOTICE)
            count = len(error.problems)
            raise CommandError(f"{count} problem{'s' * (count != 1)} in the terms.") from None
        except NotBackTestableError as error:
            raise CommandError(str(error)) from None
        self._show(found, options["format"])

    def _show(self, found: BackTest, form: str) -> None:
        if form == "json":
            self.stdout.write(as_json(document_of(found)))
            return
        print_rows(
            flat_rows(found),
            columns=_COLUMNS,
            keys=KEYS,
            form=form,
            out=self.stdout,
            title=f"Terms back-test, {found.span.since} to {found.span.until}",
            empty="No period in this range has a figure.",
        )
        if form == "table":
            self.stdout.write("\n".join(_told(found)))


def _told(found: BackTest) -> list[str]:
    failures = failures_of(found.rows)
    lines = [f"Service level failures: {failures.then} then, {failures.now} now"]
    lines += [
        f"  {CAUSES.get(cause, cause)}: {each.then} then, {each.now} now"
        for cause, each in causes_of(found.rows).items()
    ]
    lines += [f"Service credits: {_sum(each)}" for each in found.totals]
    lines += [f"Estimates of provisional periods: {_sum(each)}" for each in found.estimates]
    return [*lines, *found.notes]


def _sum(found: Sum) -> str:
    then, after = (money_text(minor, found.currency) for minor in (found.then, found.now))
    sign = "+" if found.difference > 0 else ""
    said = f"{then} then, {after} now, {sign}{money_text(found.difference, found.currency)}"
    return f"{said}; {found.awaited} awaited" if found.awaited else said


def _text(name: str) -> str:
    path = Path(name)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CommandError(f"{name} is too large: a terms file has at most {MAX_BYTES} bytes.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{name}: byte {error.start} is not UTF-8: save it as UTF-8.") from None
