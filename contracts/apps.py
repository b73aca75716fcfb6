"""Who we deal with, on what terms, and who may see it."""

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """Vendors, contracts, processes, access and audit."""

    name = "contracts"
