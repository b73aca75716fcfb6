from django.db import models

from contracts.models.managed import Managed, code_validator


class Vendor(Managed):
    """A company that work is bought from."""

    class Tier(models.TextChoices):
        STRATEGIC = "strategic", "Strategic"
        IMPORTANT = "important", "Important"
        STANDARD = "standard", "Standard"

    code = models.CharField(max_length=63, validators=[code_validator])
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2")
    tier = models.CharField(max_length=12, choices=Tier.choices, default=Tier.STANDARD)
    owner = models.CharField(max_length=200, blank=True, help_text="who answers for it at ours")

    class Meta:
        ordering = ["name", "code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="vendor_code_unique"),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="vendor_incremental")]

    def __str__(self) -> str:
        return self.name
