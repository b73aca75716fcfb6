import hashlib
from pathlib import Path

from contracts.selectors.scope import Scope
from metrics.feeds.reading import Rejected
from metrics.feeds.storage import absolute
from metrics.models import RecordImport
from metrics.portfolio.importing.kinds import KINDS
from metrics.portfolio.importing.plan import Plan
from metrics.portfolio.importing.planning import plan_table
from metrics.portfolio.importing.reading import Table, read_table

_BLOCK = 1 << 20


def import_plan(*, record_import: RecordImport, scope: Scope) -> Plan:
    """What an import would do now: its file is read and compared again each time."""
    path = absolute(record_import.path)
    layout = dict(record_import.layout)
    days = str(layout.pop("days", "iso"))
    table = _altered() if _digest(path) != record_import.sha256 else read_table(path, layout)
    return plan_table(KINDS[record_import.kind], table, scope=scope, days=days)


def _altered() -> Table:
    why = "the stored file is not the one that was sent"
    return Table(refused=Rejected("file", why, "send it again"))


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
