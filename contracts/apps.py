"""Who we deal with, on what terms, and who may see it."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ContractsConfig(AppConfig):
    """Vendors, contracts, processes, access and audit."""

    name = "contracts"


class SupportConfig(AdminConfig):
    """Django's admin for support work: scoped and told of like every other way in."""

    default_site = "contracts.support.SupportSite"

    def ready(self) -> None:
        super().ready()
        from contracts.admin import register_the_rest

        register_the_rest()
