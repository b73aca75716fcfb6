"""(address, view, name) of KPIs, their terms, settings of feeds and the portfolio file, below /api/v1/."""

from typing import Any, Final

from django.views import View

from metrics.api.amending import KpiDefinitions, KpiServiceLevels
from metrics.api.calendars import CalendarDetail, CalendarList, CalendarRestore
from metrics.api.feed_settings import FeedMappingDetail, FeedSchedules
from metrics.api.kpis import KpiDetail, KpiList, KpiRestore
from metrics.api.levels import (
    DefinitionDetail,
    DefinitionList,
    ServiceLevelDetail,
    ServiceLevelList,
)
from metrics.api.portfolio import PortfolioApply, PortfolioExport, PortfolioPlan

TERMS: Final[tuple[tuple[str, type[View[Any]], str], ...]] = (
    ("kpis", KpiList, "kpis"),
    ("kpis/<code:code>", KpiDetail, "kpi"),
    ("kpis/<code:code>/restore", KpiRestore, "kpi-restore"),
    ("kpis/<code:code>/service-levels", KpiServiceLevels, "kpi-service-levels"),
    ("kpis/<code:code>/definitions", KpiDefinitions, "kpi-definitions-of"),
    ("service-levels", ServiceLevelList, "service-levels"),
    ("service-levels/<number:pk>", ServiceLevelDetail, "service-level"),
    ("kpi-definitions", DefinitionList, "kpi-definitions"),
    ("kpi-definitions/<number:pk>", DefinitionDetail, "kpi-definition"),
    ("calendars", CalendarList, "calendars"),
    ("calendars/<code:code>", CalendarDetail, "calendar"),
    ("calendars/<code:code>/restore", CalendarRestore, "calendar-restore"),
    ("feeds/<code:code>/schedules", FeedSchedules, "feed-schedules"),
    ("feeds/<code:code>/mapping", FeedMappingDetail, "feed-mapping"),
    ("portfolio", PortfolioExport, "portfolio"),
    ("portfolio/plan", PortfolioPlan, "portfolio-plan"),
    ("portfolio/apply", PortfolioApply, "portfolio-apply"),
)
