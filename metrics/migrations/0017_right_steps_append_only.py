"""The database itself refuses to change or remove the steps of rights to terminate."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from metrics.models import rightsguard


def guard(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rightsguard.guard(schema_editor.connection)


def unguard(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rightsguard.unguard(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("metrics", "0016_termination_rights")]
    operations = [migrations.RunPython(guard, unguard)]
