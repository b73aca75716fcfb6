"""Failures that are known already say why they are defaults: by their own figure."""

from django.db import migrations

_STATES = {"BELOW_MINIMUM": "minimum", "NO_DATA": "no_data"}
_SLICE = 1000


def say_causes(apps, schema_editor):
    heads = apps.get_model("metrics", "KpiPeriod").objects
    unsaid = heads.filter(is_breach=True, default_cause="").order_by("pk")
    while found := list(unsaid.only("status", "first_day")[:_SLICE]):
        for head in found:
            head.default_cause = _STATES.get(head.status, "critical")
            head.default_of = [head.first_day.isoformat()]
        heads.bulk_update(found, ["default_cause", "default_of"])


def forget_causes(apps, schema_editor):
    heads = apps.get_model("metrics", "KpiPeriod").objects
    heads.exclude(default_cause="repetition").update(default_cause="", default_of=[])


class Migration(migrations.Migration):
    dependencies = [("metrics", "0019_case_rounds")]

    operations = [migrations.RunPython(say_causes, forget_causes)]
