"""One KPI or calendar changed by a person: the same shapes, checks and services as portfolio files, so that
pages and files refuse the same things with the same words."""

from metrics.portfolio.editing.amending import (
    NewAmendment,
    definition_amend,
    level_amend,
)
from metrics.portfolio.editing.calendars import (
    calendar_archive,
    calendar_edit,
    calendar_register,
    calendar_restore,
)
from metrics.portfolio.editing.entries import Entry, definition_entry, entry_of, level_entry
from metrics.portfolio.editing.findings import EditRefusedError, Finding
from metrics.portfolio.editing.kpis import kpi_archive, kpi_edit, kpi_register, kpi_restore

__all__ = [
    "EditRefusedError",
    "Entry",
    "Finding",
    "NewAmendment",
    "calendar_archive",
    "calendar_edit",
    "calendar_register",
    "calendar_restore",
    "definition_amend",
    "definition_entry",
    "entry_of",
    "kpi_archive",
    "kpi_edit",
    "kpi_register",
    "kpi_restore",
    "level_amend",
    "level_entry",
]
