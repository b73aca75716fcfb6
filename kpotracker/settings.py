"""Every setting, from the environment; docs/operations.md lists the variables.

A checkout runs without any variable: SQLite, in-process work, a key of its own. Production is
KPO_ENV=production, where kpotracker.checks refuses what would be unsafe.
"""

import os
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF

from kpotracker import environment as read

django_stubs_ext.monkeypatch()  # lets annotations name the type of a field, form or view

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = read.choice(os.environ, "KPO_ENV", ("development", "production"))
PRODUCTION = ENVIRONMENT == "production"
DEBUG = read.flag(os.environ, "DEBUG", default=False)

# Where uploads, caches of files and the embedded database live; the only place that is written.
DATA_DIR = read.directory(
    Path(os.environ.get("DATA_DIR", "") or BASE_DIR / "var").absolute(), "DATA_DIR"
)

SECRET_KEY = read.text(os.environ, "SECRET_KEY")
if not SECRET_KEY and not PRODUCTION:
    SECRET_KEY = read.development_key(DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = read.listed(os.environ, "SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = read.listed(
    os.environ, "ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]"
)
CSRF_TRUSTED_ORIGINS = read.listed(os.environ, "CSRF_TRUSTED_ORIGINS")
# The address people use, for links in alerts and exports; without a trailing slash.
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://localhost:8000").strip().rstrip("/")

INSTALLED_APPS = [
    "kpotracker.apps.KpotrackerConfig",
    "kpotracker.toolkit",
    "contracts.apps.ContractsConfig",
    "metrics.apps.MetricsConfig",
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "bootstrap",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]
AUTH_USER_MODEL = "contracts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "kpotracker.toolkit.middleware.HealthMiddleware",
    "kpotracker.toolkit.problems.ApiProblemsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "kpotracker.toolkit.middleware.PrivateResponsesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "kpotracker.urls"
WSGI_APPLICATION = "kpotracker.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "metrics/pages/templates", BASE_DIR / "contracts/pages/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"figures": "metrics.pages.tags", "money": "contracts.pages.tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# The database owns the work: see docs/operations.md.
DATABASE_URL = read.text(os.environ, "DATABASE_URL") or read.sqlite_url(
    DATA_DIR / "kpotracker.sqlite3"
)
DATABASES = {"default": read.database(DATABASE_URL)}

# Without a Redis the work is found by `manage.py work` or done in process.
REDIS_URL = read.redis(read.text(os.environ, "REDIS_URL"))

LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = PRODUCTION

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = read.flag(os.environ, "SSL_REDIRECT", default=PRODUCTION)
SECURE_HSTS_SECONDS = read.whole(os.environ, "HSTS_SECONDS", 31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
# Only behind a proxy that sets this header itself; otherwise a client could claim TLS.
BEHIND_PROXY = read.flag(os.environ, "BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],  # Bootstrap draws its small icons as data: images
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", "") or BASE_DIR / "staticfiles")
MEDIA_ROOT = DATA_DIR / "files"
_MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _MANIFEST if PRODUCTION else _PLAIN},
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_PERMISSIONS = 0o640
# Not /tmp, which is memory in a container.
FILE_UPLOAD_TEMP_DIR = DATA_DIR
# One delivery of a feed, uploaded or pulled; larger ones are answered with 413.
MAX_DELIVERY_BYTES = read.whole(os.environ, "MAX_DELIVERY_BYTES", 512 * 1024 * 1024)

EMAIL_HOST = os.environ.get("EMAIL_HOST", "").strip()
EMAIL_PORT = read.whole(os.environ, "EMAIL_PORT", 587)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "").strip()
EMAIL_HOST_PASSWORD = read.text(os.environ, "EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = read.flag(os.environ, "EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "").strip() or "kpotracker@localhost"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

REST_FRAMEWORK = {
    "COERCE_DECIMAL_TO_STRING": False,
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "contracts.api.authentication.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "contracts.api.authentication.DeclaredScope",
    ],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "metrics.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "kpotracker.toolkit.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,  # ?format= would be a parameter no address declares
}
SPECTACULAR_SETTINGS = {
    "TITLE": "kpotracker",
    "DESCRIPTION": "Vendors, contracts, service levels, results, breach cases and scorecards.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["metrics.api.schema.without_aliases"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "metrics.api.schema.with_problems",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CaseState": "metrics.models.cases.BreachCase.State",
        "IngestionStatus": "metrics.models.deliveries.Ingestion.Status",
        "Operator": "metrics.models.kpis.ServiceLevel.Operator",
        "ResultStatus": "metrics.api.results.STATUSES",
    },
}

CELERY_APP = "kpotracker.celery.app"
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_EVENT_SERIALIZER = "json"
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "metrics.tasks.sweep", "schedule": 30.0}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": read.choice(os.environ, "LOG_LEVEL", ("WARNING", "INFO", "DEBUG", "ERROR")),
    },
}
