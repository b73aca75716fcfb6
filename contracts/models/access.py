from django.contrib.auth.models import AbstractUser
from django.db import models

from contracts.models.vendors import Vendor


class User(AbstractUser):
    """A person who signs in. Vendor users see their own vendors and nothing else."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", "Administrator"
        PROCUREMENT = "procurement", "Procurement"
        OPERATIONS = "operations", "Operations"
        COMPLIANCE = "compliance", "Compliance officer"
        ANALYST = "analyst", "Analyst"
        VENDOR = "vendor", "Vendor user"

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.ANALYST)
    vendors = models.ManyToManyField(Vendor, blank=True, related_name="users")

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class ApiKey(models.Model):
    """A secret for programs: only its SHA-256 is kept, the prefix tells keys apart."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        INGEST = "ingest", "Deliver data"

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="api_keys"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["prefix"], name="apikey_prefix_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
