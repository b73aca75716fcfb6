from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now

from kpotracker.toolkit.problems import shown

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

    def unique_error_message(
        self, model_class: type[models.Model], unique_check: Sequence[str]
    ) -> ValidationError:
        """What is said of a code or reference that another record has."""
        if len(unique_check) > 1:
            return super().unique_error_message(model_class, unique_check)
        (name,) = unique_check
        value = getattr(self, name)
        return ValidationError(f"{shown(str(value))} is taken: choose another {name}.", "unique")
