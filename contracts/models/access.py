from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from contracts.models.vendors import Vendor


class People(UserManager["User"]):
    """``createsuperuser`` makes an administrator: the first person of an installation."""

    def create_superuser(self, *args: Any, **kwargs: Any) -> "User":
        kwargs.setdefault("role", User.Role.ADMINISTRATOR)
        return super().create_superuser(*args, **kwargs)


class User(AbstractUser):
    """A person who signs in. Vendor users see their own vendors and nothing else."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", "Administrator"
        PROCUREMENT = "procurement", "Procurement"
        OPERATIONS = "operations", "Operations"
        COMPLIANCE = "compliance", "Compliance officer"
        ANALYST = "analyst", "Analyst"
        VENDOR = "vendor", "Vendor user"

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.ANALYST)
    vendors = models.ManyToManyField(Vendor, blank=True, related_name="users")
    shortcuts_on = models.BooleanField(
        default=True, help_text="single keys move through lists and open what is chosen"
    )

    objects: ClassVar[People] = People()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_of_one_person",
                violation_error_message="Another person has this e-mail address.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class ApiKey(models.Model):
    """A secret for programs: only its SHA-256 is kept, the prefix tells keys apart."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        INGEST = "ingest", "Deliver data"
        MANAGE = "manage", "Change records"

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="api_keys"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["prefix"], name="apikey_prefix_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def told_as(self) -> str:
        """How trails and delivery papers tell of the program that holds it; never a secret."""
        return f"key {self.name} ({self.prefix})"


class Invitation(models.Model):
    """A way in for one person, by a link that works once; only the SHA-256 of its secret is kept."""

    email = models.EmailField()
    role = models.CharField(max_length=16, choices=User.Role.choices)
    vendors = models.ManyToManyField(Vendor, blank=True, related_name="invitations")
    hash = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["hash"], name="invitation_secret_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.get_role_display().lower()}"


class Deputy(models.Model):
    """Who stands in for whom, from the first to the last day, both included."""

    absent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deputies")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="stands_in")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["-first_day", "id"]
        verbose_name_plural = "deputies"
        constraints = [
            models.CheckConstraint(condition=~Q(absent=F("deputy")), name="deputy_another_person"),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="deputy_ends_after_it_begins"
            ),
        ]
        indexes = [
            models.Index(fields=["deputy", "last_day"], name="deputy_of_today"),  # every request
        ]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.absent}, {self.first_day} to {self.last_day}"


class SavedView(models.Model):
    """Filters of a list that one person keeps under a name; ``query`` is what the address says."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=40, help_text="name of the list's address")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["page", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"], name="saved_view_name_once_per_list"
            ),
        ]

    def __str__(self) -> str:
        return self.name
