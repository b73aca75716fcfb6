"""The portfolio as code: YAML files are read, checked, planned and applied.

``apply`` is the one way in; docs/portfolio.md describes the files.
"""

from metrics.portfolio.applying import apply, apply_text
from metrics.portfolio.plan import Action, Change, FieldChange, Plan, PlanChangedError
from metrics.portfolio.problems import PortfolioError, Problem

__all__ = [
    "Action",
    "Change",
    "FieldChange",
    "Plan",
    "PlanChangedError",
    "PortfolioError",
    "Problem",
    "apply",
    "apply_text",
]
