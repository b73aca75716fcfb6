"""The database itself refuses to change or remove an event of the audit trail."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from contracts import appendonly


def guard(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    appendonly.guard(schema_editor.connection)


def unguard(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    appendonly.unguard(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0002_people")]
    operations = [migrations.RunPython(guard, unguard)]
