from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import User


class RecordImport(models.Model):
    """A table of vendors, contracts, contacts or processes that somebody sent in.

    ``path``: below the data directory, by content; ``sha256``: what was previewed and is applied.
    ``counts``: {"created": 3, "changed": 1, "unchanged": 7} once applied.
    """

    class Kind(models.TextChoices):
        VENDORS = "vendors", "Vendors"
        CONTRACTS = "contracts", "Contracts"
        CONTACTS = "contacts", "Contacts"
        PROCESSES = "processes", "Processes"
        CERTIFICATIONS = "certifications", "Certifications"
        CHARGES = "charges", "Charges"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    layout = models.JSONField(default=dict, help_text="how the file is read")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    path = models.CharField(max_length=100)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="imports")
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)
    applied_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="import_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display().lower()} from {self.filename}"
