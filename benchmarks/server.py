"""The application as gunicorn serves it to a measurement: with the addresses of the floors."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpotracker.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.ROOT_URLCONF = "benchmarks.addresses"
application = get_wsgi_application()
