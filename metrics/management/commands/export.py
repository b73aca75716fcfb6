from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.models import Vendor
from metrics.portfolio.exporting import Managers, export, json_text, yaml_text


class Command(BaseCommand):
    help = (
        "Write vendors, contracts, KPIs, service levels and feeds as a portfolio file. "
        "Applied here it changes nothing. Example: python manage.py export --output portfolio.yaml"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--vendor", metavar="CODE", help="only what belongs to this vendor")
        parser.add_argument(
            "--managed-by",
            choices=list(Managers),
            default=Managers.PORTFOLIO,
            help="whose objects: of portfolio files (default), of people, or of both",
        )
        parser.add_argument("--format", choices=("yaml", "json"), default="yaml")
        parser.add_argument("--output", metavar="FILE", help="a new file; otherwise it is printed")

    def handle(self, *args: Any, **options: Any) -> None:
        vendor = options["vendor"]
        if vendor and not Vendor.objects.filter(code=vendor).exists():
            raise CommandError(f"there is no vendor '{vendor}'")
        exported = export(vendor=vendor, managed_by=Managers(options["managed_by"]))
        text = yaml_text(exported) if options["format"] == "yaml" else json_text(exported) + "\n"
        if options["output"]:
            self._write(Path(options["output"]), text)
        else:
            self.stdout.write(text, ending="")

    def _write(self, file: Path, text: str) -> None:
        try:
            with file.open("x", encoding="utf-8") as out:
                out.write(text)
        except FileExistsError:
            raise CommandError(f"{file} is there already: choose another name") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from None
