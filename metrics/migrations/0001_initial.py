import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

import kpotracker.toolkit.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DirtyPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kpi_id", models.IntegerField()),
                ("at", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="FeedItem",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "feed_id",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("feed_id", models.IntegerField()),
                ("key", models.BinaryField(max_length=16)),
                ("revision", models.BigIntegerField()),
                ("digest", models.BinaryField(max_length=16)),
                ("targets", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "managed_by",
                    models.CharField(
                        choices=[
                            ("person", "a person, on the pages or through the API"),
                            ("portfolio", "a portfolio file"),
                        ],
                        default="person",
                        max_length=12,
                    ),
                ),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=90,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\\Z",
                                "'%(value)s' is not a code: use up to 63 letters, digits, dots, dashes and underscores, beginning with a letter or digit",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("data", "Observations"),
                            ("reference", "Reference series"),
                            ("manual", "Manual entries"),
                        ],
                        default="data",
                        max_length=10,
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feeds",
                        to="contracts.vendor",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="FeedMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("body", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mappings",
                        to="metrics.feed",
                    ),
                ),
            ],
            options={
                "ordering": ["feed", "version"],
            },
        ),
        migrations.CreateModel(
            name="Ingestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("path", models.CharField(help_text="below the data directory", max_length=200)),
                ("filename", models.CharField(help_text="as the sender called it", max_length=200)),
                (
                    "attempt_of",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="0 for the first try of these bytes; later ones follow a rejection",
                    ),
                ),
                ("received_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("rejected", "Rejected"),
                            ("parked", "Set aside after failing repeatedly"),
                        ],
                        default="received",
                        max_length=10,
                    ),
                ),
                ("read", models.BigIntegerField(default=0)),
                ("accepted", models.BigIntegerField(default=0)),
                ("corrected", models.BigIntegerField(default=0)),
                ("stale", models.BigIntegerField(default=0)),
                ("duplicate", models.BigIntegerField(default=0)),
                ("conflicting", models.BigIntegerField(default=0)),
                ("filtered", models.BigIntegerField(default=0)),
                ("quarantined", models.BigIntegerField(default=0)),
                ("ambiguous", models.BigIntegerField(default=0)),
                ("error", models.JSONField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ingestions",
                        to="metrics.feed",
                    ),
                ),
                (
                    "mapping",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ingestions",
                        to="metrics.feedmapping",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("filename", models.CharField(max_length=200)),
                ("received_at", models.DateTimeField()),
                ("delivered_by", models.CharField(blank=True, max_length=200)),
                ("repeated", models.BooleanField(default=False)),
                ("complete_through", models.DateField(blank=True, null=True)),
                (
                    "ingestion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="metrics.ingestion",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="IngestionChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("counts", models.JSONField()),
                (
                    "ingestion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chunks",
                        to="metrics.ingestion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Kpi",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "managed_by",
                    models.CharField(
                        choices=[
                            ("person", "a person, on the pages or through the API"),
                            ("portfolio", "a portfolio file"),
                        ],
                        default="person",
                        max_length=12,
                    ),
                ),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=63,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\\Z",
                                "'%(value)s' is not a code: use up to 63 letters, digits, dots, dashes and underscores, beginning with a letter or digit",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "family",
                    models.CharField(
                        choices=[
                            ("outcome", "Outcome"),
                            ("throughput", "Throughput"),
                            ("transparency", "Transparency"),
                            ("compliance", "Compliance"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("higher", "Higher is better"),
                            ("lower", "Lower is better"),
                            ("within", "Within a range"),
                        ],
                        max_length=6,
                    ),
                ),
                ("clause", models.CharField(blank=True, max_length=60)),
                ("wording", models.TextField(blank=True, help_text="the clause as signed")),
                (
                    "time_field",
                    models.CharField(
                        choices=[
                            ("finished", "Finished"),
                            ("occurred", "Occurred"),
                            ("started", "Started"),
                            ("due", "Due"),
                        ],
                        max_length=8,
                    ),
                ),
                ("decimals", models.PositiveSmallIntegerField(default=0)),
                ("first_day", models.DateField(help_text="first day that is measured")),
                ("last_day", models.DateField(blank=True, null=True)),
                (
                    "next_tick_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="when its next period begins or ends",
                        null=True,
                    ),
                ),
                (
                    "visited_until",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="all its periods up to here have a figure",
                        null=True,
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kpis",
                        to="contracts.contract",
                    ),
                ),
                (
                    "process",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kpis",
                        to="contracts.process",
                    ),
                ),
            ],
            options={
                "verbose_name": "KPI",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="FeedKpi",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feed_kpis",
                        to="metrics.feed",
                    ),
                ),
                (
                    "kpi",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feed_kpis",
                        to="metrics.kpi",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KpiDefinition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField()),
                ("measure", models.CharField(max_length=40)),
                ("parameters", models.JSONField(blank=True, default=dict)),
                ("unit", models.CharField(max_length=40)),
                (
                    "places",
                    models.PositiveSmallIntegerField(default=2, help_text="decimals people see"),
                ),
                ("period", models.CharField(max_length=16)),
                ("anchor", models.DateField(blank=True, null=True)),
                ("zone", models.CharField(max_length=64)),
                ("stub", models.CharField(default="evaluate", max_length=8)),
                ("grace_days", models.PositiveSmallIntegerField(default=5)),
                (
                    "amendment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="contracts.amendment",
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="contracts.calendar",
                    ),
                ),
                (
                    "kpi",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="definitions",
                        to="metrics.kpi",
                    ),
                ),
            ],
            options={
                "ordering": ["kpi", "valid_from"],
            },
        ),
        migrations.CreateModel(
            name="KpiPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("label", models.CharField(max_length=12)),
                (
                    "phase",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("provisional", "Provisional"),
                            ("final", "Final"),
                            ("restated", "Restated"),
                        ],
                        max_length=12,
                    ),
                ),
                ("status", models.CharField(max_length=20)),
                ("is_breach", models.BooleanField(default=False)),
                (
                    "final_due_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="when its grace ends; empty while running or once final",
                        null=True,
                    ),
                ),
                ("final_at", models.DateTimeField(blank=True, null=True)),
                (
                    "has_late_rows",
                    models.BooleanField(
                        default=False, help_text="rows arrived after the figure became final"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "kpi",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="periods",
                        to="metrics.kpi",
                    ),
                ),
            ],
            options={
                "verbose_name": "KPI period",
                "ordering": ["kpi", "starts_at"],
            },
        ),
        migrations.CreateModel(
            name="BreachCase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("provisional", "Provisional"),
                            ("open", "Open"),
                            ("acknowledged", "Acknowledged"),
                            ("disputed", "Disputed"),
                            ("confirmed", "Confirmed"),
                            ("waived", "Waived"),
                            ("resolved", "Resolved"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=12,
                    ),
                ),
                ("severity", models.CharField(max_length=10)),
                ("opened_at", models.DateTimeField()),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "period",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case",
                        to="metrics.kpiperiod",
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ManualEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(help_text="a day of the period it belongs to")),
                (
                    "value",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                (
                    "numerator",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                (
                    "denominator",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                ("evidence", models.TextField()),
                ("entered_by", models.CharField(max_length=200)),
                (
                    "entered_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("approved_by", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waiting for approval"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                (
                    "ingestion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="metrics.ingestion",
                    ),
                ),
                (
                    "kpi",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="metrics.kpi",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "manual entries",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                ("kpi_id", models.IntegerField()),
                ("key", models.BinaryField(max_length=16)),
                ("at", models.BigIntegerField()),
                ("ends_at", models.BigIntegerField(null=True)),
                ("a", models.BigIntegerField(null=True)),
                ("b", models.BigIntegerField(null=True)),
                ("value", models.BigIntegerField(null=True)),
                ("series", models.CharField(max_length=100, null=True)),
                ("revision", models.BigIntegerField()),
                ("digest", models.BinaryField(max_length=16)),
                ("ref", models.CharField(max_length=200)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kpi_id",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("load_id", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["kpi_id", "at"], name="observation_of_period")],
            },
        ),
        migrations.CreateModel(
            name="ObservationHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kpi_id", models.IntegerField()),
                ("key", models.BinaryField(max_length=16)),
                ("at", models.BigIntegerField()),
                ("ends_at", models.BigIntegerField(null=True)),
                ("a", models.BigIntegerField(null=True)),
                ("b", models.BigIntegerField(null=True)),
                ("value", models.BigIntegerField(null=True)),
                ("series", models.CharField(max_length=100, null=True)),
                ("revision", models.BigIntegerField()),
                ("digest", models.BinaryField(max_length=16)),
                ("ref", models.CharField(max_length=200)),
                ("loaded_by", models.BigIntegerField()),
                ("superseded_by", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["kpi_id", "at"], name="history_of_period")],
            },
        ),
        migrations.CreateModel(
            name="QuarantinedRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.BigIntegerField()),
                ("column", models.CharField(max_length=200)),
                ("value", models.CharField(max_length=200)),
                ("rule", models.CharField(max_length=60)),
                ("message", models.TextField()),
                ("hint", models.TextField(blank=True)),
                (
                    "ingestion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rejects",
                        to="metrics.ingestion",
                    ),
                ),
            ],
            options={
                "ordering": ["ingestion", "line"],
            },
        ),
        migrations.CreateModel(
            name="ReferenceSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("decimals", models.PositiveSmallIntegerField()),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reference_sets",
                        to="metrics.feed",
                    ),
                ),
                (
                    "ingestion",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reference_set",
                        to="metrics.ingestion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReferenceSeries",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("values", models.BinaryField()),
                (
                    "reference_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="series",
                        to="metrics.referenceset",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ResultRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("status", models.CharField(max_length=20)),
                ("value", models.CharField(blank=True, max_length=400)),
                ("value_float", models.FloatField(null=True)),
                ("numerator", models.CharField(blank=True, max_length=200)),
                ("denominator", models.CharField(blank=True, max_length=200)),
                ("rows", models.BigIntegerField()),
                ("volume", models.CharField(max_length=100)),
                ("band", models.CharField(blank=True, max_length=60)),
                ("shortfall", models.CharField(blank=True, max_length=400)),
                ("consequence", models.CharField(max_length=10)),
                ("attainment", models.CharField(blank=True, max_length=400)),
                ("is_breach", models.BooleanField()),
                ("attested", models.BooleanField()),
                (
                    "body",
                    models.JSONField(
                        help_text="formula, steps, failures left, interval, published extras"
                    ),
                ),
                ("fingerprint", models.CharField(max_length=80)),
                ("watermark", models.JSONField()),
                (
                    "reason",
                    models.CharField(blank=True, help_text="of a restatement", max_length=400),
                ),
                ("approved_by", models.CharField(blank=True, max_length=200)),
                ("computed_at", models.DateTimeField()),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "definition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="metrics.kpidefinition"
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="metrics.kpiperiod",
                    ),
                ),
            ],
            options={
                "ordering": ["period", "number"],
            },
        ),
        migrations.AddField(
            model_name="kpiperiod",
            name="current",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="metrics.resultrevision",
            ),
        ),
        migrations.CreateModel(
            name="CaseTransition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_state", models.CharField(blank=True, max_length=12)),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("provisional", "Provisional"),
                            ("open", "Open"),
                            ("acknowledged", "Acknowledged"),
                            ("disputed", "Disputed"),
                            ("confirmed", "Confirmed"),
                            ("waived", "Waived"),
                            ("resolved", "Resolved"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("by", models.CharField(max_length=200)),
                ("reason", models.CharField(blank=True, max_length=400)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transitions",
                        to="metrics.breachcase",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="metrics.resultrevision"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Scorecard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("label", models.CharField(max_length=12)),
                ("edition", models.PositiveSmallIntegerField()),
                ("body", models.JSONField()),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=200)),
                (
                    "contract",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scorecards",
                        to="contracts.contract",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scorecards",
                        to="contracts.vendor",
                    ),
                ),
            ],
            options={
                "ordering": ["-last_day", "-edition"],
            },
        ),
        migrations.CreateModel(
            name="ServiceLevel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField()),
                ("clause", models.CharField(blank=True, max_length=60)),
                ("wording", models.TextField(blank=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("critical", "Critical service level"),
                            ("key", "Key measurement"),
                            ("reporting", "Reporting only"),
                        ],
                        default="key",
                        max_length=10,
                    ),
                ),
                (
                    "operator",
                    models.CharField(
                        choices=[
                            (">=", "at least"),
                            (">", "above"),
                            ("<=", "at most"),
                            ("<", "below"),
                            ("within", "within"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "expected",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                (
                    "lower",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                (
                    "upper",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                (
                    "minimum",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                (
                    "critical",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                ("bands", models.JSONField(blank=True, default=list)),
                ("compare_places", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("compare_rounding", models.CharField(default="half_up", max_length=8)),
                ("weight", kpotracker.toolkit.fields.ExactDecimalField(default="1", max_length=32)),
                (
                    "min_volume",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                ("small_sample", models.CharField(default="insufficient", max_length=24)),
                ("attainment", models.CharField(blank=True, max_length=12)),
                (
                    "floor",
                    kpotracker.toolkit.fields.ExactDecimalField(
                        blank=True, max_length=32, null=True
                    ),
                ),
                ("enforced_from", models.DateField(blank=True, null=True)),
                ("no_data_is", models.CharField(default="none", max_length=8)),
                ("no_activity_is", models.CharField(default="none", max_length=8)),
                (
                    "amendment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="contracts.amendment",
                    ),
                ),
                (
                    "kpi",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="levels",
                        to="metrics.kpi",
                    ),
                ),
            ],
            options={
                "ordering": ["kpi", "valid_from"],
            },
        ),
        migrations.AddField(
            model_name="resultrevision",
            name="level",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="metrics.servicelevel"
            ),
        ),
        migrations.AddConstraint(
            model_name="feed",
            constraint=models.UniqueConstraint(fields=("code",), name="feed_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="feedmapping",
            constraint=models.UniqueConstraint(
                fields=("feed", "version"), name="mapping_version_unique"
            ),
        ),
        migrations.AddIndex(
            model_name="ingestion",
            index=models.Index(
                condition=models.Q(("status__in", ["received", "running", "parked"])),
                fields=["feed", "id"],
                name="ingestion_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="ingestion",
            constraint=models.UniqueConstraint(
                fields=("feed", "mapping", "sha256", "attempt_of"),
                name="ingestion_same_bytes_once_per_mapping",
            ),
        ),
        migrations.AddConstraint(
            model_name="ingestion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "done"), _negated=True),
                    (
                        "read",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("accepted"), "+", models.F("corrected")
                                            ),
                                            "+",
                                            models.F("stale"),
                                        ),
                                        "+",
                                        models.F("duplicate"),
                                    ),
                                    "+",
                                    models.F("conflicting"),
                                ),
                                "+",
                                models.F("filtered"),
                            ),
                            "+",
                            models.F("quarantined"),
                        ),
                    ),
                    _connector="OR",
                ),
                name="ingestion_counts_every_row_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="ingestionchunk",
            constraint=models.UniqueConstraint(
                fields=("ingestion", "number"), name="chunk_loaded_once"
            ),
        ),
        migrations.AddIndex(
            model_name="kpi",
            index=models.Index(fields=["next_tick_at"], name="kpi_due_ticks"),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.UniqueConstraint(fields=("code",), name="kpi_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(("decimals__lte", 10)), name="kpi_decimals_at_most_10"
            ),
        ),
        migrations.AddConstraint(
            model_name="kpi",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("contract__isnull", False), ("process__isnull", False), _connector="OR"
                ),
                name="kpi_belongs_to_contract_or_process",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedkpi",
            constraint=models.UniqueConstraint(fields=("feed", "kpi"), name="feed_kpi_unique"),
        ),
        migrations.AddConstraint(
            model_name="kpidefinition",
            constraint=models.UniqueConstraint(
                fields=("kpi", "valid_from"), name="definition_one_per_kpi_and_day"
            ),
        ),
        migrations.AddIndex(
            model_name="breachcase",
            index=models.Index(fields=["state", "opened_at"], name="case_inbox"),
        ),
        migrations.AddIndex(
            model_name="breachcase",
            index=models.Index(fields=["updated_at", "id"], name="case_incremental"),
        ),
        migrations.AddConstraint(
            model_name="manualentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("denominator__isnull", True),
                        ("numerator__isnull", True),
                        ("value__isnull", False),
                    ),
                    models.Q(
                        ("denominator__isnull", False),
                        ("numerator__isnull", False),
                        ("value__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="entry_value_or_numerator_and_denominator",
            ),
        ),
        migrations.AddConstraint(
            model_name="manualentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(("approved_by", models.F("entered_by")), _negated=True),
                    _connector="OR",
                ),
                name="entry_approved_by_a_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantinedrow",
            constraint=models.UniqueConstraint(
                fields=("ingestion", "line"), name="quarantine_once_per_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="referenceseries",
            constraint=models.UniqueConstraint(
                fields=("reference_set", "name"), name="reference_series_unique"
            ),
        ),
        migrations.AddIndex(
            model_name="kpiperiod",
            index=models.Index(fields=["last_day", "kpi"], name="period_by_last_day"),
        ),
        migrations.AddIndex(
            model_name="kpiperiod",
            index=models.Index(fields=["updated_at", "id"], name="period_incremental"),
        ),
        migrations.AddIndex(
            model_name="kpiperiod",
            index=models.Index(
                condition=models.Q(("final_due_at__isnull", False)),
                fields=["final_due_at"],
                name="period_final_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="kpiperiod",
            constraint=models.UniqueConstraint(
                fields=("kpi", "starts_at"), name="period_once_per_kpi"
            ),
        ),
        migrations.AddConstraint(
            model_name="casetransition",
            constraint=models.UniqueConstraint(
                fields=("case", "revision", "from_state", "to_state"),
                name="transition_once_per_revision",
            ),
        ),
        migrations.AddConstraint(
            model_name="scorecard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contract__isnull", True), ("vendor__isnull", False)),
                    models.Q(("contract__isnull", False), ("vendor__isnull", True)),
                    _connector="OR",
                ),
                name="scorecard_of_vendor_or_contract",
            ),
        ),
        migrations.AddConstraint(
            model_name="scorecard",
            constraint=models.UniqueConstraint(
                fields=("vendor", "label", "edition"), name="scorecard_edition_of_vendor"
            ),
        ),
        migrations.AddConstraint(
            model_name="scorecard",
            constraint=models.UniqueConstraint(
                fields=("contract", "label", "edition"), name="scorecard_edition_of_contract"
            ),
        ),
        migrations.AddConstraint(
            model_name="servicelevel",
            constraint=models.UniqueConstraint(
                fields=("kpi", "valid_from"), name="level_one_per_kpi_and_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="servicelevel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("lower__isnull", False), ("operator", "within"), ("upper__isnull", False)
                    ),
                    models.Q(
                        models.Q(("operator", "within"), _negated=True), ("expected__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="level_states_what_it_expects",
            ),
        ),
        migrations.AddConstraint(
            model_name="resultrevision",
            constraint=models.UniqueConstraint(
                fields=("period", "number"), name="revision_number_unique"
            ),
        ),
    ]
