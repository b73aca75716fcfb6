"""Makes, lists and revokes the keys of programs."""

from argparse import ArgumentTypeError
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from contracts.models import ApiKey, Vendor
from contracts.selectors.lookups import UnknownCodeError, vendor_by_code
from contracts.selectors.scope import EVERYTHING
from contracts.services.apikeys import apikey_create, apikey_revoke, day_end
from metrics.management.output import FORMATS, Column, print_rows

_KEYS = ("key", "name", "standing", "scopes", "vendor", "used")


class Command(BaseCommand):
    help = (
        "Make, list and revoke API keys. A secret is printed once, when it is made. "
        'Example: python manage.py apikey create "Power BI" --scope read'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a key and print its secret")
        create.add_argument("name", help="what the key is for, such as 'Power BI'")
        create.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=ApiKey.Scope.values,
            help="what the key may do: read, ingest (deliver) or manage (change records); "
            "give it once for each",
        )
        create.add_argument("--vendor", metavar="CODE", help="only this vendor's records")
        create.add_argument(
            "--expires", type=_day, metavar="DATE", help="last day it works, in UTC: 2026-12-31"
        )
        listing = actions.add_parser("list", help="print all keys, without secrets")
        listing.add_argument(
            "--format", choices=FORMATS, default="table", help="table (default), json or csv"
        )
        revoke = actions.add_parser("revoke", help="end a key at once")
        revoke.add_argument("prefix", help="the first 12 characters of the key")

    def handle(self, *args: Any, **options: Any) -> None:
        actions = {"create": self._create, "list": self._list, "revoke": self._revoke}
        actions[options["action"]](options)

    def _create(self, options: dict[str, Any]) -> None:
        try:
            made = apikey_create(
                name=options["name"],
                scopes=options["scope"],
                vendor=_vendor(options["vendor"]),
                expires_at=options["expires"],
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        self.stdout.write(made.secret)
        self.stderr.write(f"Key {made.key.prefix} is made. Its secret is not shown again.")

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        keys = ApiKey.objects.select_related("vendor").order_by("created_at", "pk")
        print_rows(
            [_row(key, now) for key in keys],
            columns=[Column(name, name.capitalize()) for name in _KEYS],
            keys=_KEYS,
            form=options["format"],
            out=self.stdout,
            empty="No keys yet: make one with `apikey create`.",
        )

    def _revoke(self, options: dict[str, Any]) -> None:
        key = ApiKey.objects.filter(prefix=options["prefix"]).first()
        if key is None:
            raise CommandError(
                f"no key begins with {options['prefix']!r}: `apikey list` shows them all"
            )
        apikey_revoke(key=key, now=timezone.now())
        self.stdout.write(f"Key {key.prefix} ({key.name}) is revoked.")


def _vendor(code: str | None) -> Vendor | None:
    if code is None:
        return None
    try:
        return vendor_by_code(code, scope=EVERYTHING)
    except UnknownCodeError as error:
        raise CommandError(str(error)) from None


def _day(text: str) -> datetime:
    """The end of a day in UTC. Raises ArgumentTypeError."""
    try:
        return day_end(date.fromisoformat(text))
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"{text!r} is not a day: write 2026-12-31") from None


def _row(key: ApiKey, now: datetime) -> dict[str, str]:
    return {
        "key": key.prefix,
        "name": key.name,
        "standing": _standing(key, now),
        "scopes": "+".join(key.scopes),
        "vendor": key.vendor.code if key.vendor else "all",
        "used": f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never",
    }


def _standing(key: ApiKey, now: datetime) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at and key.expires_at <= now:
        return f"expired {key.expires_at:%Y-%m-%d}"
    if key.expires_at:
        return f"through {key.expires_at - timedelta(days=1):%Y-%m-%d}"
    return "valid"
