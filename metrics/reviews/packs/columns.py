"""The columns of each sheet of a pack's workbook."""

from typing import Final

from metrics.reviews.packs.sheets import Column, Kind

_NUMBER, _DAY = Kind.NUMBER, Kind.DAY
SUMMARY: Final = (
    Column("Family", 18),
    Column("Score of 100", 14, _NUMBER),
    Column("Standing", 18),
    Column("Measured share", 16, _NUMBER),
    Column("Failures", 10, _NUMBER),
    Column("KPIs promised", 14, _NUMBER),
    Column("KPIs measured", 14, _NUMBER),
)
KPIS: Final = (
    Column("Contract", 14),
    Column("Family", 14),
    Column("KPI", 34),
    Column("Code", 22),
    Column("Clause", 10),
    Column("Class", 22),
    Column("Period", 11),
    Column("Status", 18),
    Column("Phase", 12),
    Column("Actual", 12, _NUMBER),
    Column("Unit", 10),
    Column("Exact value", 18),
    Column("As shown", 12),
    Column("Service level", 14),
    Column("Minimum", 12),
    Column("Difference", 14),
    Column("Attainment", 12, _NUMBER),
    Column("Share of family", 14, _NUMBER),
    Column("Consequence", 20),
    Column("Revision", 9, _NUMBER),
)
COMMENTARY: Final = (
    Column("KPI", 34),
    Column("Period", 11),
    Column("Side", 10),
    Column("Kept inside", 12),
    Column("Written by", 20),
    Column("On", 12, _DAY),
    Column("Commentary", 80),
)
CASES: Final = (
    Column("KPI", 34),
    Column("Contract", 14),
    Column("Period", 11),
    Column("Actual", 12),
    Column("Service level", 14),
    Column("Difference", 14),
    Column("Severity", 12),
    Column("State", 14),
    Column("Opened on", 12, _DAY),
    Column("From before", 12),
    Column("Incident", 24),
)
STEPS: Final = (
    Column("KPI", 34),
    Column("Period", 11),
    Column("On", 12, _DAY),
    Column("What happened", 18),
    Column("By", 20),
    Column("Why, or what was said", 80),
)
PLANS: Final = (
    Column("Plan", 34),
    Column("State", 12),
    Column("Cause", 40),
    Column("Step", 40),
    Column("Side", 10),
    Column("Owner", 20),
    Column("Due on", 12, _DAY),
    Column("Done on", 12, _DAY),
    Column("Result", 40),
)
MISSING: Final = (
    Column("What", 34),
    Column("Period", 14),
    Column("Due on", 12, _DAY),
    Column("Standing", 30),
)
ACTIONS: Final = (
    Column("Action", 60),
    Column("Side", 10),
    Column("Owner", 20),
    Column("Agreed on", 12, _DAY),
    Column("Due on", 12, _DAY),
    Column("Age in days", 12, _NUMBER),
    Column("Days overdue", 12, _NUMBER),
    Column("State", 10),
    Column("Closed on", 12, _DAY),
    Column("Carried over", 12),
    Column("Note", 40),
)
DECISIONS: Final = (
    Column("Review", 14),
    Column("On", 12, _DAY),
    Column("Decision", 80),
    Column("Written down by", 20),
)
SOURCES: Final = (
    Column("KPI", 34),
    Column("Contract", 14),
    Column("Clause", 10),
    Column("Measured", 50),
    Column("Formula", 44),
    Column("Service level", 40),
    Column("Delivered by", 24),
    Column("Period", 11),
    Column("Exact value", 18),
    Column("Numerator", 16),
    Column("Denominator", 16),
    Column("Rows", 10, _NUMBER),
    Column("Revision", 9, _NUMBER),
    Column("Computed on", 12, _DAY),
    Column("Restated because", 30),
    Column("Approved by", 18),
)
NOTICES: Final = (
    Column("Contract", 14),
    Column("Title", 34),
    Column("Day", 12, _DAY),
    Column("Days left", 10, _NUMBER),
    Column("What must be done", 34),
    Column("Term ends", 12, _DAY),
    Column("Renewal", 26),
)
