"""The shape of a portfolio file, section by section, in the order they are applied."""

from metrics.portfolio.shapes.base import Shape
from metrics.portfolio.shapes.kpis import FeedShape, KpiShape
from metrics.portfolio.shapes.parties import (
    CalendarShape,
    ContractShape,
    ProcessShape,
    VendorShape,
)


class PortfolioFile(Shape):
    """One portfolio file. Sections may be spread over as many files as you like."""

    vendors: list[VendorShape] = []
    calendars: list[CalendarShape] = []
    contracts: list[ContractShape] = []
    processes: list[ProcessShape] = []
    kpis: list[KpiShape] = []
    feeds: list[FeedShape] = []


SECTIONS: dict[str, type[Shape]] = {
    "vendors": VendorShape,
    "calendars": CalendarShape,
    "contracts": ContractShape,
    "processes": ProcessShape,
    "kpis": KpiShape,
    "feeds": FeedShape,
}
NOUNS = {
    "vendors": "vendor",
    "calendars": "calendar",
    "contracts": "contract",
    "processes": "process",
    "kpis": "KPI",
    "feeds": "feed",
}

__all__ = [
    "NOUNS",
    "SECTIONS",
    "CalendarShape",
    "ContractShape",
    "FeedShape",
    "KpiShape",
    "PortfolioFile",
    "ProcessShape",
    "Shape",
    "VendorShape",
]
