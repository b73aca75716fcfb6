"""Every address of the installation."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path

from kpotracker.toolkit.theme import set_theme

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("metrics.pages.urls")),
    path("", include("contracts.pages.urls")),
    path("api/", include("metrics.api.urls")),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("theme/", set_theme, name="theme"),
    path("admin/", admin.site.urls),
]
