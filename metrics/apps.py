"""From feed to scorecard."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Feeds, results, breach cases, scorecards and alerts."""

    name = "metrics"
