"""/contacts, /contacts/{id} and what brings one back."""

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import CONTACT, CONTACT_CHANGED, CONTACT_NEW, asked, example
from contracts.api.fields import Coded, Flag, Text
from contracts.api.resources import Resource, ResourceDetail, ResourceList, ResourceRestore
from contracts.models import Contact
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.archiving import contact_archive, contact_restore
from contracts.services.contacts import contact_change, contact_create
from kpotracker.toolkit.filters import ARCHIVED, codes, flag
from kpotracker.toolkit.pagination import updated

_LONGEST_ADDRESS = 254


@extend_schema_serializer(examples=example(CONTACT))
class ContactSerializer(serializers.ModelSerializer[Contact]):
    """Somebody at a vendor's."""

    vendor = serializers.CharField(source="vendor.code", read_only=True)
    email = serializers.CharField(read_only=True)
    is_escalation = serializers.BooleanField(
        read_only=True, help_text="Whom to turn to when others do not answer."
    )

    class Meta:
        model = Contact
        fields = (
            "id",
            "vendor",
            "name",
            "role",
            "email",
            "phone",
            "is_escalation",
            "archived_at",
            "updated_at",
        )
        read_only_fields = fields


@extend_schema_serializer(examples=asked(CONTACT_CHANGED))
class ContactChange(StrictSerializer):
    """What can be changed of a contact; an e-mail address or a telephone number is needed."""

    name = Text(max_length=200)
    role = Text(max_length=200, required=False, allow_blank=True)
    email = Text(max_length=_LONGEST_ADDRESS, required=False, allow_blank=True)
    phone = Text(max_length=40, required=False, allow_blank=True)
    is_escalation = Flag(
        required=False,
        help_text="Turned to when others do not answer in time; false unless stated.",
    )


@extend_schema_serializer(examples=asked(CONTACT_NEW))
class ContactCreate(ContactChange):
    """A contact to add; the vendor stays."""

    vendor = Coded(scoped.vendors, "code", "vendor", help_text="Code of the vendor.")


def _contacts(scope: Scope) -> QuerySet[Contact]:
    return scoped.contacts(scope).select_related("vendor")


CONTACTS = Resource(
    noun="contact",
    address=("api:contact", "pk"),
    found=_contacts,
    serializer=ContactSerializer,
    creating=ContactCreate,
    changing=ContactChange,
    create=contact_create,
    change=contact_change,
    archive=contact_archive,
    restore=contact_restore,
    duties=(Duty.TERMS, Duty.COMPLIANCE),
)


class ContactList(ResourceList):
    """People at vendors', those changed last at the end."""

    resource = CONTACTS
    filters = (
        codes("vendor", lambda found: Q(vendor__code__in=found), "Vendor code", "northwind"),
        flag(
            "is_escalation",
            lambda only: Q(is_escalation=only),
            "true: only whom to turn to when others do not answer.",
        ),
        ARCHIVED,
        *updated(),
    )


class ContactDetail(ResourceDetail):
    """One person at a vendor's."""

    resource = CONTACTS


class ContactRestore(ResourceRestore):
    resource = CONTACTS
