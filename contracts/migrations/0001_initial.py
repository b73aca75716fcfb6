import django.contrib.auth.models
import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Calendar",
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
                ("zone", models.CharField(max_length=64)),
                ("weekdays", models.JSONField()),
                ("holidays", models.JSONField(blank=True, default=list)),
            ],
            options={
                "ordering": ["code"],
                "constraints": [
                    models.UniqueConstraint(fields=("code",), name="calendar_code_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="Contract",
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
                    "reference",
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
                ("title", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("master_agreement", "Master agreement"),
                            ("statement_of_work", "Statement of work"),
                            ("order", "Order"),
                            ("change_order", "Change order"),
                        ],
                        max_length=20,
                    ),
                ),
                ("zone", models.CharField(help_text="IANA zone of its periods", max_length=64)),
                ("currency", models.CharField(help_text="ISO 4217", max_length=3)),
                (
                    "pricing",
                    models.CharField(
                        choices=[
                            ("fixed_fee", "Fixed fee"),
                            ("per_head", "Per head"),
                            ("time_and_materials", "Time and materials"),
                            ("per_item", "Per item"),
                            ("per_outcome", "Per outcome"),
                        ],
                        max_length=20,
                    ),
                ),
                ("first_day", models.DateField()),
                ("last_day", models.DateField(blank=True, null=True)),
                (
                    "renewal",
                    models.CharField(
                        choices=[
                            ("none", "Ends by itself"),
                            ("auto", "Renews unless stopped"),
                            ("express", "Renews by agreement"),
                            ("option", "Renews if we exercise the option"),
                            ("evergreen", "Runs until notice"),
                        ],
                        default="none",
                        max_length=12,
                    ),
                ),
                ("renewal_months", models.PositiveSmallIntegerField(default=0)),
                ("renewal_limit", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("notice_length", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "notice_unit",
                    models.CharField(
                        blank=True,
                        choices=[("days", "Days"), ("weeks", "Weeks"), ("months", "Months")],
                        max_length=6,
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="contracts.contract",
                    ),
                ),
            ],
            options={
                "ordering": ["reference"],
            },
        ),
        migrations.CreateModel(
            name="Process",
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
                    "nature",
                    models.CharField(
                        choices=[
                            ("knowledge", "Judgement work (KPO)"),
                            ("volume", "Volume work (BPO)"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="processes",
                        to="contracts.contract",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "processes",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Charge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="contracts.contract",
                    ),
                ),
                (
                    "process",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="contracts.process",
                    ),
                ),
            ],
            options={
                "ordering": ["contract", "first_day"],
            },
        ),
        migrations.CreateModel(
            name="Vendor",
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
                    "country",
                    models.CharField(blank=True, help_text="ISO 3166-1 alpha-2", max_length=2),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("strategic", "Strategic"),
                            ("important", "Important"),
                            ("standard", "Standard"),
                        ],
                        default="standard",
                        max_length=12,
                    ),
                ),
                (
                    "owner",
                    models.CharField(
                        blank=True, help_text="who answers for it at ours", max_length=200
                    ),
                ),
            ],
            options={
                "ordering": ["name", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("code",), name="vendor_code_unique")
                ],
            },
        ),
        migrations.AddField(
            model_name="contract",
            name="vendor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contracts",
                to="contracts.vendor",
            ),
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("prefix", models.CharField(max_length=12)),
                ("hash", models.CharField(max_length=64)),
                ("scopes", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "vendor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_keys",
                        to="contracts.vendor",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                (
                    "first_name",
                    models.CharField(blank=True, max_length=150, verbose_name="first name"),
                ),
                (
                    "last_name",
                    models.CharField(blank=True, max_length=150, verbose_name="last name"),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="date joined"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("administrator", "Administrator"),
                            ("procurement", "Procurement"),
                            ("operations", "Operations"),
                            ("compliance", "Compliance officer"),
                            ("analyst", "Analyst"),
                            ("vendor", "Vendor user"),
                        ],
                        default="analyst",
                        max_length=16,
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "vendors",
                    models.ManyToManyField(blank=True, related_name="users", to="contracts.vendor"),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Amendment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("signed_on", models.DateField(blank=True, null=True)),
                ("effective_from", models.DateField()),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="contracts.contract",
                    ),
                ),
            ],
            options={
                "ordering": ["contract", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contract", "number"), name="amendment_number_unique_in_contract"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="process",
            constraint=models.UniqueConstraint(fields=("code",), name="process_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("process__isnull", True)),
                fields=("contract", "first_day"),
                name="charge_once_per_contract_and_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("process__isnull", False)),
                fields=("contract", "process", "first_day"),
                name="charge_once_per_process_and_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))),
                name="charge_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.UniqueConstraint(
                fields=("reference",), name="contract_reference_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("last_day__isnull", True),
                    ("last_day__gte", models.F("first_day")),
                    _connector="OR",
                ),
                name="contract_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("parent__isnull", True),
                    models.Q(("parent", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="contract_not_its_own_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("notice_length__isnull", True), ("notice_unit", "")),
                    models.Q(
                        ("notice_length__isnull", False),
                        ("notice_unit__in", ["days", "weeks", "months"]),
                    ),
                    _connector="OR",
                ),
                name="contract_notice_has_length_and_unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(fields=("prefix",), name="apikey_prefix_unique"),
        ),
    ]
