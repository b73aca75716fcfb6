"""Records for support work: every model, through the reader's scope, told of in the trail.

Figures, terms and whatever else follows rules of its own is shown here and changed on its page:
a row that is changed behind the back of its service would leave results that no rows give.
"""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from contracts.models import Deputy, SavedView, User, Vendor
from contracts.selectors.scope import Scope, visible_to
from contracts.selectors.visibility import visible
from contracts.services.auditing import audit
from contracts.services.people import role_refuse
from contracts.services.writing import save, writing
from contracts.support import may_support

_OURS = ("contracts", "metrics")
_SECRET = frozenset({"password", "hash", "secret", "key"})
_MOST_COLUMNS = 6


def scope_of(request: HttpRequest) -> Scope:
    return visible_to(request.user, timezone.now().date())


class SupportAdmin(admin.ModelAdmin[Any]):
    """The base of every record here: administrators, their scope, and the audit trail."""

    may_write = True
    show_full_result_count = False
    list_per_page = 50
    actions = None

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        found = visible(self.model, scope_of(request))
        return found.order_by(*self.get_ordering(request)) if self.get_ordering(request) else found

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        kwargs["queryset"] = visible(db_field.remote_field.model, scope_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField[Any] | None:
        kwargs["queryset"] = visible(db_field.remote_field.model, scope_of(request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_support(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_support(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write and may_support(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write and may_support(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write and may_support(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with writing():
            save(obj, reason="support")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = _related(form.instance)
        super().save_related(request, form, formsets, change)
        after = _related(form.instance)
        changes = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        if changes:
            audit(action="changed", instance=form.instance, changes=changes, reason="support")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with writing():
            audit(action="deleted", instance=obj, reason="support")
            obj.delete()


class ReadOnlyAdmin(SupportAdmin):
    """Shown, never changed here; fields that hold secrets are left out."""

    may_write = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field.name for field in _shown(self.model)]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        short = [each.name for each in _shown(self.model) if not _is_long(each)]
        return short[:_MOST_COLUMNS]


class _RoleForm(forms.ModelForm[User]):
    """Refuses the roles that the services refuse too."""

    giver: User

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        role, vendors = cleaned.get("role"), cleaned.get("vendors")
        if role is not None and vendors is not None:
            role_refuse(role=role, vendors=list(vendors), given_by=self.giver)
            self._refuse_own(role, cleaned.get("is_active", True))
        return cleaned

    def _refuse_own(self, role: str, is_active: bool) -> None:
        stays = role == User.Role.ADMINISTRATOR and is_active
        if self.instance.pk is None or stays:
            return
        if self.instance.pk == self.giver.pk:
            raise ValidationError("Nobody changes their own role or access: ask another one.")


class _NewPersonForm(_RoleForm, UserCreationForm):  # type: ignore[type-arg]
    """A person with a password that an administrator hands over."""

    class Meta:
        model = User
        fields = ("username",)


@admin.register(User)
class PeopleAdmin(SupportAdmin):
    """People with their role; ``vendors`` matters for vendor users alone."""

    form = _RoleForm
    fields = ("username", "first_name", "last_name", "email", "is_active", "role", "vendors")
    list_display = ("username", "first_name", "last_name", "role", "is_active")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ("vendors",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return self.fields
        return ("username", "password1", "password2", *self.fields[1:])

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs |= {"form": _NewPersonForm, "fields": list(self.fields)}
        made = super().get_form(request, obj, change=change, **kwargs)
        return type(made.__name__, (made,), {"giver": request.user})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # whoever leaves is deactivated: what they did stays theirs

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_superuser = obj.role == User.Role.ADMINISTRATOR
        super().save_model(request, obj, form, change)


@admin.register(Vendor)
class VendorAdmin(SupportAdmin):
    """Vendors: names and owners may be mended here."""

    list_display = ("code", "name", "owner", "archived_at")
    search_fields = ("code", "name")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # the trail tells of them for good; they are archived on their page


@admin.register(Deputy, SavedView)
class PlainAdmin(SupportAdmin):
    """Records that follow no rules beyond their own."""


def register_the_rest() -> None:
    """Every other model of ours is shown as it is; others' tables are not shown at all, nor are
    observations, whose key of several columns the admin cannot address."""
    for model in list(admin.site._registry):
        if model._meta.app_label not in _OURS:
            admin.site.unregister(model)
    for model in apps.get_models():
        is_ours = model._meta.app_label in _OURS and not model._meta.is_composite_pk
        if is_ours and not admin.site.is_registered(model):
            admin.site.register(model, ReadOnlyAdmin)


def _shown(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [each for each in model._meta.concrete_fields if each.name not in _SECRET]


def _is_long(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.TextField | models.JSONField | models.BinaryField)


def _related(instance: models.Model) -> dict[str, str]:
    """What many-to-many fields hold, as text."""
    fields = instance._meta.many_to_many
    return {
        field.name: ", ".join(sorted(map(str, getattr(instance, field.name).all())))
        for field in fields
    }
