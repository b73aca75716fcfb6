"""One query set per model of metrics, cut to what a reader may see; every read starts here.

A KPI belongs to the vendor of its contract, or else of its process's contract. A breach case
that is still provisional is kept from vendors until it opens (semantics: buyer-internal).
"""

from functools import partial
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.selectors.visibility import internal, personal, shared
from metrics.models import (
    AlertChannel,
    AlertEvent,
    AlertMessage,
    AlertMute,
    AlertSubscription,
    BreachCase,
    CalendarFeed,
    CaseComment,
    CaseTransition,
    ClaimTerms,
    CloseStep,
    Commentary,
    CorrectivePlan,
    Deletion,
    Delivery,
    DirtyPeriod,
    Feed,
    FeedItem,
    FeedKpi,
    FeedMapping,
    FeedSchedule,
    IdempotentRequest,
    Incident,
    Ingestion,
    IngestionChunk,
    Kpi,
    KpiDefinition,
    KpiPeriod,
    MailingRecipient,
    ManualEntry,
    MessageAttempt,
    MessageFile,
    MonthClose,
    Notice,
    NoticeDelivery,
    Observation,
    ObservationHistory,
    PackCopy,
    PlanStep,
    QuarantinedRow,
    RecordImport,
    ReferenceSeries,
    ReferenceSet,
    ReliefRequest,
    ReportingPeriod,
    ResultRevision,
    Review,
    ReviewAction,
    ReviewDecision,
    ReviewNote,
    ReviewPack,
    Scorecard,
    ScorecardLink,
    ScorecardMailing,
    ServiceLevel,
    Upload,
)


@shared(Kpi)
def kpis(scope: Scope) -> QuerySet[Kpi]:
    return Kpi.objects.filter(_of_vendor(scope))


@shared(KpiPeriod)
def periods(scope: Scope) -> QuerySet[KpiPeriod]:
    return KpiPeriod.objects.filter(_of_vendor(scope, "kpi__"))


@shared(Deletion)
def deletions(scope: Scope) -> QuerySet[Deletion]:
    """What was nobody's vendor's is for readers inside."""
    return Deletion.objects.filter(scope.over("vendor"))


@shared(ReportingPeriod)
def reporting_periods(scope: Scope) -> QuerySet[ReportingPeriod]:
    """Periods that a KPI the reader sees has: even days may tell of somebody else's contract."""
    found = ReportingPeriod.objects.all()
    if scope.is_internal:
        return found
    same = {name: OuterRef(name) for name in ("label", "first_day", "last_day")}
    return found.filter(Exists(periods(scope).filter(**same)))


@shared(ResultRevision)
def revisions(scope: Scope) -> QuerySet[ResultRevision]:
    return ResultRevision.objects.filter(_of_vendor(scope, "period__kpi__"))


@shared(BreachCase)
def cases(scope: Scope) -> QuerySet[BreachCase]:
    found = BreachCase.objects.filter(_of_vendor(scope, "period__kpi__"))
    if scope.is_internal:
        return found
    return found.exclude(state=BreachCase.State.PROVISIONAL)


@shared(CaseTransition)
def transitions(scope: Scope) -> QuerySet[CaseTransition]:
    """The steps of cases; what happened while a case was provisional stays inside, too."""
    found = CaseTransition.objects.filter(_of_vendor(scope, "case__period__kpi__"))
    if scope.is_internal:
        return found
    return found.exclude(to_state=BreachCase.State.PROVISIONAL)


@shared(CaseComment)
def comments(scope: Scope) -> QuerySet[CaseComment]:
    """What is said on cases that the reader sees; notes among buyers never reach vendors."""
    if scope.is_internal:
        return CaseComment.objects.all()
    return CaseComment.objects.filter(is_internal=False, case__in=cases(scope))


@shared(Incident)
def incidents(scope: Scope) -> QuerySet[Incident]:
    found = Incident.objects.filter(scope.over("vendor"))
    return found if scope.is_internal else found.filter(is_internal=False)


@shared(CorrectivePlan)
def plans(scope: Scope) -> QuerySet[CorrectivePlan]:
    """Plans of what the reader sees: of a case that is open to them, or of a shared incident."""
    if scope.is_internal:
        return CorrectivePlan.objects.all()
    of_seen = Q(case__in=cases(scope)) | Q(incident__in=incidents(scope))
    return CorrectivePlan.objects.filter(of_seen)


@shared(PlanStep)
def plan_steps(scope: Scope) -> QuerySet[PlanStep]:
    found = PlanStep.objects.all()
    return found if scope.is_internal else found.filter(plan__in=plans(scope))


@shared(ReliefRequest)
def relief(scope: Scope) -> QuerySet[ReliefRequest]:
    """What was asked for, by either side; a request about a provisional case stays inside."""
    found = ReliefRequest.objects.filter(_of_vendor(scope, "period__kpi__"))
    if scope.is_internal:
        return found
    return found.filter(Q(case=None) | Q(case__in=cases(scope)))


@shared(ClaimTerms)
def claim_terms(scope: Scope) -> QuerySet[ClaimTerms]:
    return ClaimTerms.objects.filter(scope.over("contract__vendor"))


@shared(Feed)
def feeds(scope: Scope) -> QuerySet[Feed]:
    """Feeds without a vendor carry several vendors' rows and stay inside."""
    return Feed.objects.filter(scope.over("vendor"))


@shared(Ingestion)
def ingestions(scope: Scope) -> QuerySet[Ingestion]:
    return Ingestion.objects.filter(scope.over("feed__vendor"))


@shared(Delivery)
def deliveries(scope: Scope) -> QuerySet[Delivery]:
    return Delivery.objects.filter(scope.over("ingestion__feed__vendor"))


@shared(QuarantinedRow)
def rejects(scope: Scope) -> QuerySet[QuarantinedRow]:
    return QuarantinedRow.objects.filter(scope.over("ingestion__feed__vendor"))


@shared(Scorecard)
def scorecards(scope: Scope) -> QuerySet[Scorecard]:
    return Scorecard.objects.filter(scope.over("vendor") | _published_contract(scope))


@shared(Commentary)
def commentary(scope: Scope) -> QuerySet[Commentary]:
    """What either side says about a figure; the buyer's own notes stay inside."""
    found = Commentary.objects.filter(_of_vendor(scope, "period__kpi__"))
    return found if scope.is_internal else found.filter(is_internal=False)


@internal(ScorecardLink)
def scorecard_links(scope: Scope) -> QuerySet[ScorecardLink]:
    return ScorecardLink.objects.all()


@internal(ScorecardMailing)
def mailings(scope: Scope) -> QuerySet[ScorecardMailing]:
    return ScorecardMailing.objects.all()


@internal(MailingRecipient)
def mailing_recipients(scope: Scope) -> QuerySet[MailingRecipient]:
    return MailingRecipient.objects.all()


@shared(KpiDefinition)
def definitions(scope: Scope) -> QuerySet[KpiDefinition]:
    return KpiDefinition.objects.filter(_of_vendor(scope, "kpi__"))


@shared(ServiceLevel)
def levels(scope: Scope) -> QuerySet[ServiceLevel]:
    return ServiceLevel.objects.filter(_of_vendor(scope, "kpi__"))


@shared(ManualEntry)
def entries(scope: Scope) -> QuerySet[ManualEntry]:
    return ManualEntry.objects.filter(_of_vendor(scope, "kpi__"))


@shared(FeedMapping)
def mappings(scope: Scope) -> QuerySet[FeedMapping]:
    return FeedMapping.objects.filter(scope.over("feed__vendor"))


@shared(FeedSchedule)
def schedules(scope: Scope) -> QuerySet[FeedSchedule]:
    return FeedSchedule.objects.filter(scope.over("feed__vendor"))


@personal(Upload)
def uploads(scope: Scope) -> QuerySet[Upload]:
    """What a person looks at before they deliver it, of feeds that they see."""
    if scope.reader is None:
        return Upload.objects.none()
    mine = Upload.objects.filter(uploaded_by=scope.reader)
    return mine.filter(scope.over("feed__vendor"))


@shared(FeedKpi)
def feed_kpis(scope: Scope) -> QuerySet[FeedKpi]:
    return FeedKpi.objects.filter(scope.over("feed__vendor"))


@shared(MonthClose)
def closes(scope: Scope) -> QuerySet[MonthClose]:
    return MonthClose.objects.filter(scope.over("contract__vendor"))


@shared(CloseStep)
def close_steps(scope: Scope) -> QuerySet[CloseStep]:
    """Reasons stay inside: pages show them to buyers alone."""
    return CloseStep.objects.filter(scope.over("close__contract__vendor"))


@shared(Review)
def reviews(scope: Scope) -> QuerySet[Review]:
    found = Review.objects.filter(scope.over("vendor"))
    return found if scope.is_internal else found.filter(is_internal=False)


@shared(ReviewNote)
def review_notes(scope: Scope) -> QuerySet[ReviewNote]:
    return _of_review(ReviewNote.objects.all(), scope)


@shared(ReviewDecision)
def review_decisions(scope: Scope) -> QuerySet[ReviewDecision]:
    return _of_review(ReviewDecision.objects.all(), scope)


@shared(ReviewAction)
def review_actions(scope: Scope) -> QuerySet[ReviewAction]:
    return _of_review(ReviewAction.objects.all(), scope)


@shared(ReviewPack)
def packs(scope: Scope) -> QuerySet[ReviewPack]:
    found = ReviewPack.objects.filter(scope.over("vendor"))
    return found if scope.is_internal else found.filter(is_internal=False)


@shared(PackCopy)
def pack_copies(scope: Scope) -> QuerySet[PackCopy]:
    """The copies of packs; of each, a vendor sees the shared one."""
    found = PackCopy.objects.filter(scope.over("pack__vendor"))
    if scope.is_internal:
        return found
    return found.filter(audience=PackCopy.Audience.SHARED, pack__is_internal=False)


@personal(CalendarFeed)
def calendar_feeds(scope: Scope) -> QuerySet[CalendarFeed]:
    found = CalendarFeed.objects.all()
    return found.filter(owner=scope.reader) if scope.reader else found.none()


@internal(RecordImport)
def record_imports(scope: Scope) -> QuerySet[RecordImport]:
    return RecordImport.objects.select_related("uploaded_by")


@personal(AlertChannel)
def alert_channels(scope: Scope) -> QuerySet[AlertChannel]:
    """A person's own, and for those who look after them also the ones that serve everybody."""
    return AlertChannel.objects.filter(_own_or_common(scope))


@personal(AlertSubscription)
def alert_subscriptions(scope: Scope) -> QuerySet[AlertSubscription]:
    return AlertSubscription.objects.filter(_own_or_common(scope))


@personal(AlertMute)
def alert_mutes(scope: Scope) -> QuerySet[AlertMute]:
    """A person's own, and at the buyer's those that hold everybody's notices back."""
    common = Q(owner=None) if scope.is_internal else Q(pk__in=())
    return AlertMute.objects.filter(common | Q(owner=scope.reader, owner__isnull=False))


@personal(Notice)
def notices(scope: Scope) -> QuerySet[Notice]:
    return Notice.objects.filter(recipient=scope.reader, recipient__isnull=False)


@shared(NoticeDelivery)
def notice_deliveries(scope: Scope) -> QuerySet[NoticeDelivery]:
    """Who was told of what: buyers see all of it, vendor users what they were told themselves."""
    if scope.is_internal:
        return NoticeDelivery.objects.all()
    told = NoticeDelivery.objects.filter(recipient=scope.reader, recipient__isnull=False)
    return told.exclude(event__is_internal=True)


def _all_of(model: type[Model], scope: Scope) -> QuerySet[Any]:
    return model._default_manager.all()


def _everything_inside(*models: type[Model]) -> None:
    """Records of the machinery: support staff may look at them, vendors never."""
    for model in models:
        internal(model)(partial(_all_of, model))


_everything_inside(
    IngestionChunk,
    DirtyPeriod,
    FeedItem,
    IdempotentRequest,
    Observation,
    ObservationHistory,
    ReferenceSeries,
    ReferenceSet,
    AlertEvent,
    AlertMessage,
    MessageAttempt,
    MessageFile,
)


def _own_or_common(scope: Scope) -> Q:
    """``owner`` is the reader, or nobody where the reader looks after what serves everybody."""
    own = Q(owner=scope.reader, owner__isnull=False)
    return own | Q(owner=None) if scope.may(Duty.ALERTS) else own


def _of_vendor(scope: Scope, prefix: str = "") -> Q:
    if scope.is_internal:
        return Q()
    by_process = Q(**{f"{prefix}contract__isnull": True})
    by_process &= scope.over(f"{prefix}process__contract__vendor")
    return scope.over(f"{prefix}contract__vendor") | by_process


def _published_contract(scope: Scope) -> Q:
    return Q() if scope.is_internal else scope.over("contract__vendor")


def _of_review(records: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    """What was written down in reviews, without what stays inside for a vendor."""
    found = records.filter(scope.over("review__vendor"))
    if scope.is_internal:
        return found
    return found.filter(is_internal=False, review__is_internal=False)
