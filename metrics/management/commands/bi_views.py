"""`manage.py bi_views`: make the SQL views for BI anew, and let the reading role read them."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from metrics.bi.sqlviews import definitions, views_grant, views_make


class Command(BaseCommand):
    help = "Make the SQL views for BI tools (PostgreSQL), and let the role BI_ROLE read them."

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Views for BI are for PostgreSQL: set DATABASE_URL to one.")
        with transaction.atomic(), connection.cursor() as cursor:
            views_make(connection)
            granted = views_grant(cursor)
        for name, _ in definitions():
            self.stdout.write(name)
        role = settings.BI_ROLE
        said = (
            f"{role} may read them"
            if granted
            else f"there is no role {role}: nobody else reads them"
        )
        self.stdout.write(said)
