"""From feed to scorecard."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Feeds, results, breach cases, scorecards and alerts."""

    name = "metrics"

    def ready(self) -> None:
        """Declare what follows when a second person says yes, and what every page asks."""
        from contracts.services.readers import reader_fact
        from metrics.alerts.reading import UNREAD, unread_of_reader
        from metrics.bi import deletions, sqlviews
        from metrics.casework.approvals import decisions_register
        from metrics.evaluation import approvals as restatements

        deletions.register()
        sqlviews.register(self)
        restatements.register()
        decisions_register()
        reader_fact(UNREAD, unread_of_reader)
