"""Every setting, from the environment; docs/operations.md lists the variables.

A checkout runs without any variable: SQLite, in-process work, a key of its own. Production is
KPO_ENV=production, where kpotracker.checks refuses what would be unsafe.
"""

import os
from datetime import timedelta
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
# Encrypts the addresses and secrets of alert channels; without it SECRET_KEY does.
ALERTS_KEY = read.text(os.environ, "ALERTS_KEY")
# Internal hosts and networks that channels and pulled feeds may call all the same.
OUTGOING_ALLOW = read.listed(os.environ, "OUTGOING_ALLOW")

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
    "contracts.apps.SupportConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "axes",
    "bootstrap",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]
AUTH_USER_MODEL = "contracts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "kpotracker.toolkit.middleware.HealthMiddleware",
    "kpotracker.toolkit.cors.CorsMiddleware",
    "kpotracker.toolkit.problems.ApiProblemsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "kpotracker.toolkit.middleware.PrivateResponsesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "contracts.services.acting.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it answers in place of a sign-in that is locked
]
ROOT_URLCONF = "kpotracker.urls"
WSGI_APPLICATION = "kpotracker.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "metrics/pages/templates", BASE_DIR / "contracts/pages/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "alerts": "metrics.pages.alert_tags",
                "figures": "metrics.pages.tags",
                "money": "contracts.pages.tags",
                "programs": "metrics.pages.data_tags",
                "reviewing": "metrics.pages.review_tags",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "contracts.pages.navigation.navigation",
                "metrics.pages.notices.bell",
            ],
        },
    }
]

FORM_RENDERER = "kpotracker.toolkit.forms.Renderer"

# The database owns the work: see docs/operations.md.
DATABASE_URL = read.text(os.environ, "DATABASE_URL") or read.sqlite_url(
    DATA_DIR / "kpotracker.sqlite3"
)
DATABASES = {"default": read.database(DATABASE_URL)}

# The PostgreSQL role that may read the views for BI, once an administrator made it.
BI_ROLE = read.text(os.environ, "BI_ROLE") or "kpotracker_bi"

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
AUTHENTICATION_BACKENDS = [
    "contracts.services.readers.LockoutBackend",
    "contracts.services.readers.PasswordBackend",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

PASSWORD_RESET_TIMEOUT = 60 * 60

# Five wrong passwords lock a name, thirty an address, for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
FAILURES_OF_ADDRESS = 30
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_HANDLER = "contracts.services.lockout.Handler"
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_CLIENT_IP_CALLABLE = "contracts.services.lockout.address_of"
AXES_LOCKOUT_CALLABLE = "contracts.pages.signin.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

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

CONTENT_SECURITY_POLICY: dict[str, Any] = {
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

# A second factor and sign-on through a company's own identity provider: off unless named here.
MFA = read.flag(os.environ, "MFA", default=False)
OIDC_ISSUER = os.environ.get("OIDC_ISSUER", "").strip()
OIDC_CLIENT_ID = os.environ.get("OIDC_CLIENT_ID", "").strip()
OIDC_CLIENT_SECRET = read.text(os.environ, "OIDC_CLIENT_SECRET")
OIDC_NAME = os.environ.get("OIDC_NAME", "").strip() or "single sign-on"
if MFA or OIDC_ISSUER:
    INSTALLED_APPS += ["allauth", "allauth.account"]
    MIDDLEWARE.insert(-1, "allauth.account.middleware.AccountMiddleware")
    ACCOUNT_ADAPTER = "contracts.services.signon.AccountAdapter"
    ACCOUNT_EMAIL_VERIFICATION = "none"
    ACCOUNT_LOGIN_METHODS = {"username"}
    ACCOUNT_REAUTHENTICATION_REQUIRED = True
    ACCOUNT_SESSION_REMEMBER = False
if MFA:
    INSTALLED_APPS += ["allauth.mfa"]
    MFA_ADAPTER = "contracts.services.factor.FactorAdapter"
    MFA_FORMS = {"authenticate": "contracts.services.factor.CodeForm"}
    MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
    MFA_TOTP_ISSUER = "kpotracker"
if OIDC_ISSUER:
    INSTALLED_APPS += ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
    SOCIALACCOUNT_ADAPTER = "contracts.services.provider.SignOnAdapter"
    SOCIALACCOUNT_PROVIDERS = {"openid_connect": read.provider(os.environ)}
    # Browsers hold a form to this list even where its answer leads on to the provider.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(read.origin(OIDC_ISSUER))

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
_PRINTED = "django.core.mail.backends.console.EmailBackend"
EMAIL_BACKEND = "kpotracker.toolkit.mailing.EmailBackend" if EMAIL_HOST else _PRINTED
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "").strip() or "kpotracker@localhost"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# What one key, person or address may ask of the API in a window of time; 0 is no limit.
API_RATE_READ = read.rate(os.environ, "API_RATE_READ", "600/min")
API_RATE_WRITE = read.rate(os.environ, "API_RATE_WRITE", "120/min")
API_RATE_EXPORT = read.rate(os.environ, "API_RATE_EXPORT", "30/min")
API_RATE_FAILED = read.rate(os.environ, "API_RATE_FAILED", "60/min")
# Seconds after which PostgreSQL ends a statement of the API, exports and deliveries apart.
API_STATEMENT_TIMEOUT = read.whole(os.environ, "API_STATEMENT_TIMEOUT", 30)
# Origins whose pages may read the API in a browser, such as https://bi.company.test.
CORS_ALLOWED_ORIGINS = read.origins(os.environ, "CORS_ALLOWED_ORIGINS")

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
    "DEFAULT_PARSER_CLASSES": ["kpotracker.toolkit.jsonbody.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "metrics.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "kpotracker.toolkit.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,  # ?format= would be a parameter no address declares
}
SPECTACULAR_SETTINGS = {
    "TITLE": "kpotracker",
    "DESCRIPTION": (
        "Vendors, contracts, service levels, results, breach cases and scorecards. Send an API key "
        "as `Authorization: Bearer`, as `X-Api-Key`, or as Basic with the key's first twelve "
        "characters as user; an administrator makes one. Lists come in pages; `star` holds the flat "
        "collections for BI tools, which are CSV, Parquet and XLSX, too. OData is below "
        "`/api/v1/odata/`."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "TAGS": [{"name": "star", "description": "Flat collections for BI tools."}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["metrics.api.schema.without_aliases"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "metrics.api.collections.with_rows",
        "metrics.api.schema.with_problems",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CaseState": "metrics.models.cases.BreachCase.State",
        "ContractKind": "contracts.models.contracts.Contract.Kind",
        "DeliveryStatus": "metrics.api.deliveries.STATES",
        "IngestionStatus": "metrics.models.deliveries.Ingestion.Status",
        "LevelKind": "metrics.models.kpis.ServiceLevel.Kind",
        "Operator": "metrics.models.kpis.ServiceLevel.Operator",
        "ResultStatus": "metrics.bi.facts.STATUSES",
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
