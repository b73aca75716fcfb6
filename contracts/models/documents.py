from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models.access import User
from contracts.models.vendors import Vendor


class Document(models.Model):
    """A file that somebody attached to a record.

    ``subject``: "contracts.vendor:12", the record; ``vendor``: whose record that is, if anyone's.
    ``path``: below MEDIA_ROOT, a generated name; ``filename``: what the sender called it, with the
    ending of what it is; ``kind``: the media type its content has; ``size`` in bytes.
    """

    subject = models.CharField(max_length=100)
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    title = models.CharField(max_length=200)
    filename = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=100)
    is_internal = models.BooleanField(default=False, help_text="kept from the vendor")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="documents")
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["path"], name="document_path_unique"),
            models.CheckConstraint(condition=Q(size__gt=0), name="document_not_empty"),
        ]
        indexes = [
            models.Index(fields=["subject", "-id"], name="document_of_subject"),  # record pages
        ]

    def __str__(self) -> str:
        return self.title
