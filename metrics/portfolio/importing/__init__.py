"""Tables of records that people send in: read safely, previewed row by row, applied whole."""

from metrics.portfolio.importing.applying import ImportRefusedError, import_apply, import_receive
from metrics.portfolio.importing.kinds import KINDS, Column, Kind
from metrics.portfolio.importing.plan import Fault, Group, Plan, Planned, grouped
from metrics.portfolio.importing.previewing import import_plan

__all__ = [
    "KINDS",
    "Column",
    "Fault",
    "Group",
    "ImportRefusedError",
    "Kind",
    "Plan",
    "Planned",
    "grouped",
    "import_apply",
    "import_plan",
    "import_receive",
]
