"""Recompute the chain of the audit trail."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from contracts.selectors.chain import Findings, chain_verify
from metrics.management.output import Column, ReadingCommand, as_json, print_rows

_KEYS = ("place", "event", "what")


class Command(ReadingCommand):
    help = (
        "Recompute the seals of the audit trail; exit 1 with every row that was changed, removed "
        "or moved. Note the head it prints: --head finds later whether the end was cut off."
    )
    example = "python manage.py verify_audit --head 5f0c…"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--head", default="", help="a seal noted earlier: it must still be there"
        )

    def read(self, **options: Any) -> None:
        found = chain_verify(options["head"].strip())
        if options["format"] == "json":
            self.stdout.write(as_json(asdict(found)))
        else:
            self._print(found, options["format"])
        if found.faults:
            count = len(found.faults)
            self.stderr.write(f"{count} fault{'s' * (count != 1)} in the audit trail")
            raise SystemExit(1)

    def _print(self, found: Findings, form: str) -> None:
        rows = [asdict(fault) for fault in found.faults]
        columns = [Column("place", "Place", right=True), Column("event", "Event", right=True)]
        columns.append(Column("what", "What is wrong"))
        print_rows(
            rows, columns=columns, keys=_KEYS, form=form, out=self.stdout, empty=_intact(found)
        )
        if form == "table":
            self.stdout.write(f"head: {found.head}")


def _intact(found: Findings) -> str:
    waiting = f", {found.unsealed} waiting to be sealed" if found.unsealed else ""
    return f"The chain holds: {found.sealed} events{waiting}."
