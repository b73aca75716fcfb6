"""Addresses of deliveries, feeds and typed-in figures."""

from django.urls import path

from metrics.pages.deliveries import deliveries, delivery, delivery_progress
from metrics.pages.entries import entries, entry, kpi_enter
from metrics.pages.feeds import feed, feed_schedule, feeds
from metrics.pages.rejects import rejects
from metrics.pages.undoing import delivery_give_up, delivery_retry, delivery_undo
from metrics.pages.uploads import deliver, delivery_mend, upload

urlpatterns = [
    path("deliveries/", deliveries, name="deliveries"),
    path("deliveries/<int:number>/", delivery, name="delivery"),
    path("deliveries/<int:number>/progress/", delivery_progress, name="delivery-progress"),
    path("deliveries/<int:number>/undo/", delivery_undo, name="delivery-undo"),
    path("deliveries/<int:number>/give-up/", delivery_give_up, name="delivery-give-up"),
    path("deliveries/<int:number>/retry/", delivery_retry, name="delivery-retry"),
    path("deliveries/<int:number>/mend/", delivery_mend, name="delivery-mend"),
    path("deliveries/<int:number>/rejects.csv", rejects, {"kind": "csv"}, name="rejects-csv"),
    path("deliveries/<int:number>/rejects.xlsx", rejects, {"kind": "xlsx"}, name="rejects-xlsx"),
    path("feeds/", feeds, name="feeds"),
    path("feeds/<str:code>/", feed, name="feed"),
    path("feeds/<str:code>/schedule/", feed_schedule, name="feed-schedule"),
    path("feeds/<str:code>/deliver/", deliver, name="deliver"),
    path("feeds/<str:code>/deliver/<int:number>/", upload, name="upload"),
    path("entries/", entries, name="entries"),
    path("entries/<int:number>/", entry, name="entry"),
    path("kpis/<str:code>/enter/", kpi_enter, name="kpi-enter"),
]
