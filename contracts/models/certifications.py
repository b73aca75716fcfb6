from datetime import date
from enum import StrEnum

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.models.documents import Document
from contracts.models.vendors import Vendor

SOON_DAYS = 90


class Standing(StrEnum):
    """Where a certification stands on a day."""

    VALID = "valid"
    RUNNING_OUT = "running out"
    EXPIRED = "expired"
    FUTURE = "not yet in force"


class Certification(models.Model):
    """What somebody independent attested to a vendor, from a day to a day, both included.

    ``scope_words``: what it covers, as it is written; ``evidence``: the certificate itself.
    """

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="certifications")
    standard = models.CharField(max_length=100, help_text="such as ISO/IEC 27001:2022")
    scope_words = models.CharField("scope", max_length=400, blank=True)
    issuer = models.CharField(max_length=200, blank=True)
    issued_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)
    evidence = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["expires_on", "vendor", "standard"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("issued_on")),
                name="certification_expires_after_it_is_issued",
                violation_error_message="It expires before it is issued: correct one of the days.",
            ),
            models.UniqueConstraint(
                fields=["vendor", "standard", "issued_on"],
                condition=Q(archived_at__isnull=True),
                name="certification_once_per_vendor_and_day",
                violation_error_message="This certification of that day is registered already.",
            ),
        ]
        indexes = [
            # what runs out first, among those in use
            models.Index(
                fields=["expires_on"],
                condition=Q(archived_at__isnull=True),
                name="certification_running_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standard} of {self.vendor}"

    def days_left(self, today: date) -> int | None:
        """Days from ``today`` until the last day it is valid; negative once that has passed."""
        return None if self.expires_on is None else (self.expires_on - today).days

    def standing(self, today: date) -> Standing:
        """Where it stands on ``today``."""
        left = self.days_left(today)
        if left is not None and left < 0:
            return Standing.EXPIRED
        if self.issued_on > today:
            return Standing.FUTURE
        return Standing.RUNNING_OUT if left is not None and left <= SOON_DAYS else Standing.VALID
