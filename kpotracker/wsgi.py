"""The WSGI application; in production it refuses to start on unsafe settings."""

import os

from django.core.wsgi import get_wsgi_application

from kpotracker.checks import refuse_unsafe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpotracker.settings")

application = get_wsgi_application()
refuse_unsafe()
