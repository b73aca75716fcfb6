"""/certifications, /certifications/{id} and what brings one back."""

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from contracts.api.editing import StrictSerializer
from contracts.api.examples import (
    CERTIFICATION,
    CERTIFICATION_CHANGED,
    CERTIFICATION_NEW,
    asked,
    example,
)
from contracts.api.fields import Coded, Day, Numbered, Text
from contracts.api.resources import Resource, ResourceDetail, ResourceList, ResourceRestore
from contracts.models import Certification
from contracts.selectors import scope as scoped
from contracts.selectors.certifications import evidence_of
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.archiving import certification_archive, certification_restore
from contracts.services.certifications import certification_change, certification_create
from kpotracker.toolkit.filters import ARCHIVED, codes, days
from kpotracker.toolkit.pagination import updated


@extend_schema_serializer(examples=example(CERTIFICATION))
class CertificationSerializer(serializers.ModelSerializer[Certification]):
    """What somebody independent attested to a vendor, from a day to a day, both included."""

    vendor = serializers.CharField(source="vendor.code", read_only=True)
    scope = serializers.CharField(
        source="scope_words", read_only=True, help_text="What it covers, as it is written."
    )
    evidence = serializers.SerializerMethodField()

    class Meta:
        model = Certification
        fields = (
            "id",
            "vendor",
            "standard",
            "scope",
            "issuer",
            "issued_on",
            "expires_on",
            "evidence",
            "archived_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_evidence(self, certification: Certification) -> int | None:
        """Number of the document that shows it; null where there is none the reader may see."""
        document = evidence_of(certification, self.context["view"].scope)
        return document.pk if document else None


@extend_schema_serializer(examples=asked(CERTIFICATION_CHANGED))
class CertificationChange(StrictSerializer):
    """What can be changed of a certification."""

    standard = Text(max_length=100, help_text="Such as ISO/IEC 27001:2022.")
    scope = Text(
        max_length=400,
        required=False,
        allow_blank=True,
        source="scope_words",
        help_text="What it covers: sites, services, legal entities.",
    )
    issuer = Text(max_length=200, required=False, allow_blank=True)
    issued_on = Day()
    expires_on = Day(
        required=False, allow_null=True, help_text="Last day it is valid; null: it does not expire."
    )
    evidence = Numbered(
        scoped.documents,
        "document",
        required=False,
        allow_null=True,
        help_text="Number of a document attached to the vendor.",
    )


@extend_schema_serializer(examples=asked(CERTIFICATION_NEW))
class CertificationCreate(CertificationChange):
    """A certification to register; the vendor stays."""

    vendor = Coded(scoped.vendors, "code", "vendor", help_text="Code of the vendor.")


def _certifications(scope: Scope) -> QuerySet[Certification]:
    return scoped.certifications(scope).select_related("vendor", "evidence")


CERTIFICATIONS = Resource(
    noun="certification",
    address=("api:certification", "pk"),
    found=_certifications,
    serializer=CertificationSerializer,
    creating=CertificationCreate,
    changing=CertificationChange,
    create=certification_create,
    change=certification_change,
    archive=certification_archive,
    restore=certification_restore,
    duties=(Duty.TERMS, Duty.COMPLIANCE),
)


class CertificationList(ResourceList):
    """Certifications, those changed last at the end."""

    resource = CERTIFICATIONS
    filters = (
        codes("vendor", lambda found: Q(vendor__code__in=found), "Vendor code", "northwind"),
        *days("expires_on", "Last day it is valid"),
        ARCHIVED,
        *updated(),
    )


class CertificationDetail(ResourceDetail):
    """One certification."""

    resource = CERTIFICATIONS


class CertificationRestore(ResourceRestore):
    resource = CERTIFICATIONS
