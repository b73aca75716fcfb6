from django.db import models

from contracts.models.contracts import Contract
from contracts.models.managed import Managed, code_validator


class Process(Managed):
    """A piece of work: bought under a contract, done in house, or a candidate for either."""

    class Nature(models.TextChoices):
        KNOWLEDGE = "knowledge", "Judgement work (KPO)"
        VOLUME = "volume", "Volume work (BPO)"

    code = models.CharField(max_length=63, validators=[code_validator])
    name = models.CharField(max_length=200)
    nature = models.CharField(max_length=12, choices=Nature.choices)
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="processes"
    )

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "processes"
        constraints = [
            models.UniqueConstraint(fields=["code"], name="process_code_unique"),
        ]

    def __str__(self) -> str:
        return self.name
