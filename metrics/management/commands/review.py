"""A review pack, built and written as files."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from contracts.selectors.lookups import UnknownCodeError, vendor_by_code
from contracts.selectors.scope import EVERYTHING
from contracts.services.acting import acting_as
from kpotracker.toolkit.dbclock import now
from metrics.models import ReviewPack
from metrics.reviews.packs.building import pack_build
from metrics.selectors.spans import SpanError, parse_span

_WHO = "manage.py review"


class Command(BaseCommand):
    help = "Build the review pack of a vendor and a period, and write its PDF and XLSX files."
    example = "python manage.py review northwind --period 2026-Q1 --to packs"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("vendor", metavar="VENDOR", help="the vendor's code")
        parser.add_argument("--period", required=True, help="2026-03, 2026-Q1 or 2026")
        parser.add_argument("--to", default=".", help="the directory for the files (default: here)")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(options["to"])
        if not folder.is_dir():
            raise CommandError(f"{str(folder)!r} is no directory: make it first")
        pack = _built(options["vendor"], options["period"])
        for path in _written(pack, folder):
            self.stdout.write(str(path))


def _built(code: str, period: str) -> ReviewPack:
    try:
        vendor = vendor_by_code(code, scope=EVERYTHING)
        span = parse_span(period)
        with acting_as(_WHO):
            return pack_build(vendor=vendor, span=span, as_of=now(), by=_WHO)
    except (UnknownCodeError, SpanError) as error:
        raise CommandError(str(error)) from error
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error


def _written(pack: ReviewPack, folder: Path) -> list[Path]:
    paths = []
    for copy in pack.copies.all():
        stem = f"{pack.vendor.code}-{pack.label}-{pack.edition}-{copy.audience}"
        for kind in ("pdf", "xlsx"):
            path = folder / f"{stem}.{kind}"
            path.write_bytes(bytes(getattr(copy, kind)))
            paths.append(path)
    return paths
