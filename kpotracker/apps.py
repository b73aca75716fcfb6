"""The installation itself as a Django app: it brings the system checks."""

from django.apps import AppConfig


class KpotrackerConfig(AppConfig):
    """Registers the checks of kpotracker.checks."""

    name = "kpotracker"

    def ready(self) -> None:
        from kpotracker import checks  # noqa: F401
