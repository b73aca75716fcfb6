"""The ASGI application; in production it refuses to start on unsafe settings."""

import os

from django.core.asgi import get_asgi_application

from kpotracker.checks import refuse_unsafe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpotracker.settings")

application = get_asgi_application()
refuse_unsafe()
