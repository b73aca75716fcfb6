"""The database itself refuses to change or remove what the credit ledger says."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from metrics.models import ledgerguard


def guard(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ledgerguard.guard(schema_editor.connection)


def unguard(apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ledgerguard.unguard(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("metrics", "0010_credits")]
    operations = [migrations.RunPython(guard, unguard)]
