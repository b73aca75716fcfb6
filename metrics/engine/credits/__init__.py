"""Service credits as pure rules: from judged periods and charges to what the ledger requires.

Fractions and whole minor units only; the order of what became known when does not matter.
"""

from .charges import AwaitedError, Charge
from .days import Days
from .inputs import Inputs, Line, Required, Waiting
from .money import CurrencyMismatchError, Money, Purse, total
from .outcomes import Outcome
from .postings import Posting, postings
from .required import required
from .rounding import rounded, shared_out
from .rules import KINDS, Rule, read_rule, share_of_pool
from .terms import EarnBack, PointsValue, Portion, Terms, read_earn_back, read_points
from .tiers import Tier, tier_of, tier_problems

__all__ = [
    "KINDS",
    "AwaitedError",
    "Charge",
    "CurrencyMismatchError",
    "Days",
    "EarnBack",
    "Inputs",
    "Line",
    "Money",
    "Outcome",
    "PointsValue",
    "Portion",
    "Posting",
    "Purse",
    "Required",
    "Rule",
    "Terms",
    "Tier",
    "Waiting",
    "postings",
    "read_earn_back",
    "read_points",
    "read_rule",
    "required",
    "rounded",
    "share_of_pool",
    "shared_out",
    "tier_of",
    "tier_problems",
    "total",
]
