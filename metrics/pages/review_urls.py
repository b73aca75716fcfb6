"""Addresses of reviews, their packs and actions, and of calendar feeds."""

from django.urls import path

from metrics.pages.actions import (
    action,
    action_again,
    action_done,
    action_edit,
    actions,
    review_action,
)
from metrics.pages.calendars import calendar, calendar_feed, calendar_revoke
from metrics.pages.packs import pack, pack_file, pack_new
from metrics.pages.reviews import (
    review,
    review_decision,
    review_edit,
    review_held,
    review_new,
    review_note,
    review_off,
    reviews,
)

_REVIEW = "reviews/<int:number>/"
_ACTION = "actions/<int:number>/"
urlpatterns = [
    path("new/review/", review_new, name="review-new"),
    path("reviews/", reviews, name="reviews"),
    path(_REVIEW, review, name="review"),
    path(f"{_REVIEW}edit/", review_edit, name="review-edit"),
    path(f"{_REVIEW}held/", review_held, name="review-held"),
    path(f"{_REVIEW}call-off/", review_off, name="review-off"),
    path(f"{_REVIEW}agenda/", review_note, name="review-note"),
    path(f"{_REVIEW}decisions/", review_decision, name="review-decision"),
    path(f"{_REVIEW}actions/", review_action, name="review-action"),
    path(f"{_REVIEW}pack/", pack_new, name="pack-new"),
    path("packs/<int:number>/", pack, name="pack"),
    path("packs/<int:number>/<slug:audience>.<slug:kind>", pack_file, name="pack-file"),
    path("actions/", actions, name="actions"),
    path(_ACTION, action, name="action"),
    path(f"{_ACTION}done/", action_done, name="action-done"),
    path(f"{_ACTION}edit/", action_edit, name="action-edit"),
    path(f"{_ACTION}reopen/", action_again, name="action-again"),
    path("calendar/", calendar, name="calendar"),
    path("calendar/<int:number>/revoke/", calendar_revoke, name="calendar-revoke"),
    path("calendar/<str:secret>.ics", calendar_feed, name="calendar-feed"),
]
