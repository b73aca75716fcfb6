"""Pure rules from rows to figures: periods, working time, measures, judging, scores.

Standard library only: no framework, no clock, no I/O. See README.md beside this file.
"""

from .attainment import attainment
from .choices import check_choice
from .clock import (
    Pause,
    business_deadline,
    deadline,
    deadline_us,
    elapsed,
    elapsed_us,
    pause_shares,
    warn_at,
)
from .display import display
from .errors import EngineError, Problem
from .evaluation import evaluate
from .failures import failures_left, wilson_95
from .judging import band_of, compared, consequence_of, shortfall, verdict
from .levels import Band, Level
from .measures import MEASURES, Measure, validate_parameters
from .numbers import exact, plain, round_half_up, truncate
from .outlook import Heading, Outlook, outlook
from .periods import Period, PeriodRule, add_months
from .ratchet import propose_ratchet
from .repetition import Default, RepetitionRule, Slot, defaults
from .results import (
    STATE_ORDER,
    VERDICTS,
    Consequence,
    Failures,
    Inputs,
    Relief,
    Result,
    Status,
)
from .rollup import RollUp, roll_up
from .rows import Row, Totals
from .scoring import ContractScore, FamilyScore, Scored, family_score, vendor_score
from .timeline import Timeline
from .worktime import WorkCalendar
from .zones import from_us, to_us

__all__ = [
    "MEASURES",
    "STATE_ORDER",
    "VERDICTS",
    "Band",
    "Consequence",
    "ContractScore",
    "Default",
    "EngineError",
    "Failures",
    "FamilyScore",
    "Heading",
    "Inputs",
    "Level",
    "Measure",
    "Outlook",
    "Pause",
    "Period",
    "PeriodRule",
    "Problem",
    "Relief",
    "RepetitionRule",
    "Result",
    "RollUp",
    "Row",
    "Scored",
    "Slot",
    "Status",
    "Timeline",
    "Totals",
    "WorkCalendar",
    "add_months",
    "attainment",
    "band_of",
    "business_deadline",
    "check_choice",
    "compared",
    "consequence_of",
    "deadline",
    "deadline_us",
    "defaults",
    "display",
    "elapsed",
    "elapsed_us",
    "evaluate",
    "exact",
    "failures_left",
    "family_score",
    "from_us",
    "outlook",
    "pause_shares",
    "plain",
    "propose_ratchet",
    "roll_up",
    "round_half_up",
    "shortfall",
    "to_us",
    "truncate",
    "validate_parameters",
    "vendor_score",
    "verdict",
    "warn_at",
    "wilson_95",
]
