from django.db import models
from django.db.models.functions import Now

from contracts.models import ApiKey
from metrics.models.deliveries import Feed


class IdempotentRequest(models.Model):
    """A request that its sender marked with a key, so that it has one effect however often it
    arrives, and the reply that was given to it.

    ``digest``: SHA-256 of what was sent. ``reply``: JSON text, stored in the transaction of the
    effect; empty while the request is being worked on, which ``lease_until`` bounds: a request
    whose process died is taken up again with a higher ``fence``.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    reply = models.TextField(blank=True)
    fence = models.PositiveIntegerField(default=1)
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "feed", "key"], name="idempotency_key_unique"
            ),
        ]
        indexes = [
            # what is older than replies are kept
            models.Index(fields=["created_at"], name="idempotency_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.key} at {self.feed}"
