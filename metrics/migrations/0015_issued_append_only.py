"""The database itself refuses to change what was issued."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from metrics.models import issuedguard


def guard(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    issuedguard.guard(schema_editor.connection)


def unguard(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    issuedguard.unguard(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("metrics", "0014_letters_and_credit_notes")]
    operations = [migrations.RunPython(guard, unguard)]
