from metrics.models.cases import BreachCase, CaseTransition
from metrics.models.deliveries import (
    Delivery,
    Feed,
    FeedKpi,
    FeedMapping,
    Ingestion,
    IngestionChunk,
    QuarantinedRow,
)
from metrics.models.entries import ManualEntry
from metrics.models.kpis import Kpi, KpiDefinition, ServiceLevel
from metrics.models.observations import (
    DirtyPeriod,
    FeedItem,
    Observation,
    ObservationHistory,
    ReferenceSeries,
    ReferenceSet,
)
from metrics.models.results import KpiPeriod, ResultRevision
from metrics.models.scorecards import Scorecard

__all__ = [
    "BreachCase",
    "CaseTransition",
    "Delivery",
    "DirtyPeriod",
    "Feed",
    "FeedItem",
    "FeedKpi",
    "FeedMapping",
    "Ingestion",
    "IngestionChunk",
    "Kpi",
    "KpiDefinition",
    "KpiPeriod",
    "ManualEntry",
    "Observation",
    "ObservationHistory",
    "QuarantinedRow",
    "ReferenceSeries",
    "ReferenceSet",
    "ResultRevision",
    "Scorecard",
    "ServiceLevel",
]
