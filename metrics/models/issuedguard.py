"""Triggers that keep what was issued as it was: credit notes, and what letters say."""

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

from contracts.appendonly import Table, tables_guard, tables_unguard

SENTENCE: Final = "what was issued stays as it was"
TABLES: Final = (
    Table(
        "metrics_creditnote",
        SENTENCE,
        kept=(
            *("id", "contract_id", "number", "first_day", "last_day", "currency"),
            *("total_minor", "corrects_id", "body", "digest", "issued_by", "issued_at"),
        ),
    ),
    Table("metrics_creditnoteline", SENTENCE, kept=("id", "note_id", "entry_id")),
    Table(
        "metrics_lettercopy",
        SENTENCE,
        kept=(
            *("id", "letter_id", "body", "text"),
            *("pdf", "pdf_sha256", "docx", "docx_sha256"),
        ),
    ),
)


def guard(connection: BaseDatabaseWrapper) -> None:
    """Install the triggers; they may be there already."""
    tables_guard(connection, TABLES)


def unguard(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers, if they are there."""
    tables_unguard(connection, TABLES)
