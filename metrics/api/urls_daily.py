"""Addresses of daily work: deliveries, cases, results, notices, reviews and the trail."""

from typing import Any, Final

from metrics.api.audit import AuditList
from metrics.api.case_acts import CaseTransitions
from metrics.api.case_comments import CommentDetail, CommentList
from metrics.api.deliveries import DeliveryList
from metrics.api.delivery_acts import DeliveryRetry, DeliveryUndo, RejectsCsv, RejectsXlsx
from metrics.api.editions import EditionDetail, EditionList
from metrics.api.observations import ObservationList
from metrics.api.reviews import ReviewActionList, ReviewDetail, ReviewList
from metrics.api.revisions import RevisionList
from metrics.api.subscriptions import ChannelList, SubscriptionDetail, SubscriptionList

DAILY: Final[tuple[tuple[str, type[Any], str], ...]] = (
    ("deliveries", DeliveryList, "deliveries"),
    ("deliveries/<number:pk>/rejects.csv", RejectsCsv, "rejects-csv"),
    ("deliveries/<number:pk>/rejects.xlsx", RejectsXlsx, "rejects-xlsx"),
    ("deliveries/<number:pk>/retry", DeliveryRetry, "delivery-retry"),
    ("deliveries/<number:pk>/undo", DeliveryUndo, "delivery-undo"),
    ("observations", ObservationList, "observations"),
    ("results/<number:pk>/revisions", RevisionList, "result-revisions"),
    ("breaches/<number:pk>/transitions", CaseTransitions, "breach-transitions"),
    ("breaches/<number:pk>/comments", CommentList, "breach-comments"),
    ("breaches/<number:pk>/comments/<number:comment>", CommentDetail, "breach-comment"),
    ("scorecards", EditionList, "editions"),
    ("scorecards/<number:pk>", EditionDetail, "edition"),
    ("reviews", ReviewList, "reviews"),
    ("reviews/<number:pk>", ReviewDetail, "review"),
    ("reviews/<number:pk>/actions", ReviewActionList, "review-actions"),
    ("subscriptions", SubscriptionList, "subscriptions"),
    ("subscriptions/<number:pk>", SubscriptionDetail, "subscription"),
    ("channels", ChannelList, "channels"),
    ("audit", AuditList, "audit"),
)
