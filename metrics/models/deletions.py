from django.db import models
from django.db.models.functions import Now

from contracts.models import Vendor


class Deletion(models.Model):
    """A row that programs could read and that is there no more: what incremental readers drop.

    ``collection``: as addresses call it; ``row``: its id; ``vendor``: whose it was, where it was
    anybody's.
    """

    collection = models.CharField(max_length=40)
    row = models.BigIntegerField()
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    deleted_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["updated_at", "id"]
        indexes = [models.Index(fields=["updated_at", "id"], name="deletion_incremental")]

    def __str__(self) -> str:
        return f"{self.collection} {self.row}"
