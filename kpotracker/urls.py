"""Every address of the installation."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from contracts.pages.signin import sign_in, sign_out
from kpotracker.toolkit.theme import set_theme

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("metrics.pages.urls")),
    path("", include("contracts.pages.urls")),
    path("api/", include("metrics.api.urls")),
    path("login/", sign_in, name="login"),
    path("logout/", sign_out, name="logout"),
    path("theme/", set_theme, name="theme"),
    path("admin/", admin.site.urls),
]
if settings.MFA or settings.OIDC_ISSUER:
    urlpatterns.insert(0, path("", include("contracts.pages.signon")))
