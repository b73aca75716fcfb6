"""GET /results/{id}/explain: why a figure is what it is."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import ApiMixin, one, render
from contracts.api.numbers import Number, number_or_text
from kpotracker.toolkit.filters import Parameter, UnreadableError
from kpotracker.toolkit.problems import shown
from metrics.api.kpis import DefinitionSerializer, ServiceLevelSerializer
from metrics.bi.facts import STATUSES
from metrics.evaluation.explain import ExplainedRow, Explanation, explain
from metrics.models import KpiPeriod, ResultRevision
from metrics.selectors import scope as scoped
from metrics.selectors.wording import in_words, judged_word

_MOST_ROWS, _USUAL_ROWS = 1_000, 200
_FURTHEST = 10**12


def _read_whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_FURTHEST)):
        raise UnreadableError(f"{shown(text)} is not a whole number: write digits only")
    return int(text)


_WHOLE = {"type": "integer", "minimum": 0}
REVISION = Parameter(
    "revision", _read_whole, "Number of an older revision; without it the one in force.", _WHOLE
)
ROW_LIMIT = Parameter(
    "row_limit",
    _read_whole,
    f"Rows to show; above {_MOST_ROWS:,} counts as {_MOST_ROWS:,}.",
    _WHOLE | {"default": _USUAL_ROWS},
)
ROW_OFFSET = Parameter("row_offset", _read_whole, "Rows to pass over.", _WHOLE | {"default": 0})


class RevisionSerializer(serializers.ModelSerializer[ResultRevision]):
    """A figure as it was computed once. Numbers are in the KPI's unit."""

    value = Number(allow_null=True, read_only=True)
    value_exact = serializers.CharField(source="value", read_only=True)
    numerator = Number(allow_null=True, read_only=True)
    denominator = Number(allow_null=True, read_only=True)
    attainment = Number(allow_null=True, read_only=True)
    shortfall = Number(allow_null=True, read_only=True)
    status = serializers.ChoiceField(choices=STATUSES, read_only=True)
    status_text = serializers.SerializerMethodField()

    class Meta:
        model = ResultRevision
        fields = (
            "number",
            "status",
            "status_text",
            "value",
            "value_exact",
            "numerator",
            "denominator",
            "rows",
            "band",
            "shortfall",
            "consequence",
            "attainment",
            "is_breach",
            "attested",
            "reason",
            "approved_by",
            "computed_at",
        )
        read_only_fields = fields

    def get_status_text(self, revision: ResultRevision) -> str:
        """The status in the words that people see."""
        return judged_word(revision.status, revision.level).text


class ExplainedRowSerializer(serializers.Serializer[ExplainedRow]):
    """One observation, and the file it came with."""

    ref = serializers.CharField(help_text="What the row is called in its file.")
    at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    series = serializers.CharField(allow_null=True)
    values = serializers.SerializerMethodField()
    delivery = serializers.CharField(help_text="Name of the file.")
    delivered_at = serializers.DateTimeField()

    def get_values(self, row: ExplainedRow) -> dict[str, float | str | None]:
        """Role and value, in natural numbers; from and to are instants."""
        return {role: number_or_text(text) for role, text in row.values.items()}


class ExplanationSerializer(serializers.Serializer[Explanation]):
    """A figure with everything that made it."""

    result = serializers.IntegerField(source="period.pk")
    kpi = serializers.CharField(source="period.kpi.code")
    period = serializers.CharField(source="period.label")
    first_day = serializers.DateField(source="period.first_day")
    last_day = serializers.DateField(source="period.last_day")
    phase = serializers.ChoiceField(source="period.phase", choices=KpiPeriod.Phase.choices)
    clause = serializers.CharField(source="period.kpi.clause")
    wording = serializers.CharField(source="period.kpi.wording", help_text="As signed.")
    formula = serializers.CharField()
    steps = serializers.SerializerMethodField()
    definition = DefinitionSerializer()
    service_level = ServiceLevelSerializer(source="level", allow_null=True)
    revision = RevisionSerializer()
    revisions = RevisionSerializer(many=True)
    rows = ExplainedRowSerializer(many=True)
    row_total = serializers.IntegerField(help_text="Rows in all; see row_offset.")
    text = serializers.SerializerMethodField()

    def get_steps(self, explanation: Explanation) -> list[str]:
        """The formula with the numbers filled in."""
        return [in_words(step, explanation.level) for step in explanation.steps]

    def get_text(self, explanation: Explanation) -> str:
        """The explanation in plain words, to paste."""
        return in_words(explanation.text, explanation.level)


class ResultExplanation(ApiMixin):
    """Formula, steps, service level, revisions and rows of one result."""

    filters = (REVISION, ROW_LIMIT, ROW_OFFSET)

    @extend_schema(responses=ExplanationSerializer)
    def get(self, request: Request, pk: int) -> Response:
        periods = scoped.periods(self.scope).select_related("kpi")
        period: KpiPeriod = one(periods, pk=pk)
        try:
            explanation = explain(
                period=period,
                revision=self.query.get("revision"),
                row_limit=min(self.query.get("row_limit", _USUAL_ROWS), _MOST_ROWS),
                row_offset=self.query.get("row_offset", 0),
            )
        except ResultRevision.DoesNotExist:
            raise Http404 from None
        return render(ExplanationSerializer, explanation)
