"""Where administrators add people, give them a role, and say whose records vendor users see."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from contracts.models import User

_ROLE: tuple[str, Any] = ("What they see", {"fields": ("role", "vendors")})


@admin.register(User)
class PeopleAdmin(UserAdmin[User]):
    """People with their role; ``vendors`` matters for vendor users alone."""

    fieldsets = (*(UserAdmin.fieldsets or ()), _ROLE)
    add_fieldsets = (*UserAdmin.add_fieldsets, _ROLE)
    list_display = ("username", "first_name", "last_name", "role", "is_active")
    list_filter = ("role", "is_active")
    filter_horizontal = (*UserAdmin.filter_horizontal, "vendors")
