from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now

code_validator = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z",
    "'%(value)s' is not a code: use up to 63 letters, digits, dots, dashes and underscores, "
    "beginning with a letter or digit",
)


class ManagedBy(models.TextChoices):
    PERSON = "person", "a person, on the pages or through the API"
    PORTFOLIO = "portfolio", "a portfolio file"


class Managed(models.Model):
    """What every object of the portfolio shares: who manages it, since when it is out of use."""

    managed_by = models.CharField(
        max_length=12, choices=ManagedBy.choices, default=ManagedBy.PERSON
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
