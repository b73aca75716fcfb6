from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models.vendors import Vendor


class Contact(models.Model):
    """Somebody at a vendor's; ``is_escalation``: whom to turn to when others do not answer."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    is_escalation = models.BooleanField("escalation contact", default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["vendor", "-is_escalation", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "name"],
                condition=Q(archived_at__isnull=True),
                name="contact_name_once_per_vendor",
                violation_error_message="This vendor has a contact of that name already.",
            ),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone=""),
                name="contact_can_be_reached",
                violation_error_message="State an e-mail address or a telephone number.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
