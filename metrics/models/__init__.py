from metrics.models.alerts import AlertChannel, AlertMute, AlertSubscription
from metrics.models.cases import BreachCase, CaseComment, CaseTransition
from metrics.models.closing import CloseStep, MonthClose
from metrics.models.commentary import Commentary
from metrics.models.deletions import Deletion
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
from metrics.models.idempotency import IdempotentRequest
from metrics.models.imports import RecordImport
from metrics.models.incidents import Incident
from metrics.models.kpis import Kpi, KpiDefinition, ServiceLevel
from metrics.models.notices import AlertEvent, Notice, NoticeDelivery
from metrics.models.observations import (
    DirtyPeriod,
    FeedItem,
    Observation,
    ObservationHistory,
    ReferenceSeries,
    ReferenceSet,
)
from metrics.models.outbox import AlertMessage, MessageAttempt, MessageFile
from metrics.models.plans import CorrectivePlan, PlanStep
from metrics.models.relief import ClaimTerms, ReliefRequest
from metrics.models.results import KpiPeriod, ReportingPeriod, ResultRevision
from metrics.models.reviews import (
    CalendarFeed,
    PackCopy,
    Review,
    ReviewAction,
    ReviewDecision,
    ReviewNote,
    ReviewPack,
)
from metrics.models.schedules import FeedSchedule
from metrics.models.scorecards import (
    MailingRecipient,
    Scorecard,
    ScorecardLink,
    ScorecardMailing,
)
from metrics.models.uploads import Upload

__all__ = [
    "AlertChannel",
    "AlertEvent",
    "AlertMessage",
    "AlertMute",
    "AlertSubscription",
    "BreachCase",
    "CalendarFeed",
    "CaseComment",
    "CaseTransition",
    "ClaimTerms",
    "CloseStep",
    "Commentary",
    "CorrectivePlan",
    "Deletion",
    "Delivery",
    "DirtyPeriod",
    "Feed",
    "FeedItem",
    "FeedKpi",
    "FeedMapping",
    "FeedSchedule",
    "IdempotentRequest",
    "Incident",
    "Ingestion",
    "IngestionChunk",
    "Kpi",
    "KpiDefinition",
    "KpiPeriod",
    "MailingRecipient",
    "ManualEntry",
    "MessageAttempt",
    "MessageFile",
    "MonthClose",
    "Notice",
    "NoticeDelivery",
    "Observation",
    "ObservationHistory",
    "PackCopy",
    "PlanStep",
    "QuarantinedRow",
    "RecordImport",
    "ReferenceSeries",
    "ReferenceSet",
    "ReliefRequest",
    "ReportingPeriod",
    "ResultRevision",
    "Review",
    "ReviewAction",
    "ReviewDecision",
    "ReviewNote",
    "ReviewPack",
    "Scorecard",
    "ScorecardLink",
    "ScorecardMailing",
    "ServiceLevel",
    "Upload",
]
