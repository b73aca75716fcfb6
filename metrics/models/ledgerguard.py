"""Triggers that keep the credit ledger as it was posted, on SQLite and PostgreSQL."""

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

from contracts.appendonly import Table, tables_guard, tables_unguard

SENTENCE: Final = "the credit ledger is append-only"
TABLES: Final = (
    Table(
        "metrics_creditentry",
        SENTENCE,
        kept=(
            *("id", "contract_id", "line", "number", "kind", "kpi_period_id", "revision_id"),
            *("terms_id", "rule_id", "corrects_id", "first_day", "last_day", "counted_in"),
            *("amount_minor", "currency", "inputs", "steps", "posted_at"),
        ),
    ),
    Table(
        "metrics_creditevent",
        SENTENCE,
        kept=("id", "entry_id", "state", "at", "by", "person_id", "key_id", "reason"),
    ),
    Table(
        "metrics_creditchoice",
        SENTENCE,
        kept=("id", "contract_id", "incident_id", "kpi_period_id", "at", "by", "reason"),
    ),
)


def guard(connection: BaseDatabaseWrapper) -> None:
    """Install the triggers; they may be there already."""
    tables_guard(connection, TABLES)


def unguard(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers, if they are there."""
    tables_unguard(connection, TABLES)
