from django.db import models
from django.db.models.functions import Now

from contracts.models import User
from metrics.models.deliveries import Delivery, Feed, Ingestion


class Upload(models.Model):
    """A file that somebody looks at before it is delivered: nothing of it counts yet.

    ``preview``: what reading it came to. ``layout``: how its bytes are laid out, if not as the
    feed's mapping says, for the mended rows of ``mends``.
    """

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="uploads")
    mends = models.ForeignKey(
        Ingestion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    filename = models.CharField(max_length=200)
    path = models.CharField(max_length=200, help_text="below the data directory")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    layout = models.JSONField(null=True, blank=True)
    complete_through = models.DateField(null=True, blank=True)
    preview = models.JSONField(default=dict)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="uploads")
    uploaded_at = models.DateTimeField(db_default=Now())
    delivery = models.OneToOneField(
        Delivery, null=True, blank=True, on_delete=models.PROTECT, related_name="upload"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            # what nobody delivered and may go
            models.Index(
                fields=["uploaded_at"],
                condition=models.Q(delivery=None),
                name="upload_undelivered",
            ),
        ]

    def __str__(self) -> str:
        return self.filename
