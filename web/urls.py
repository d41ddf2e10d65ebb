from __future__ import annotations

from django.urls import path

from web.views import page

urlpatterns = [
    path("", page, name="page"),
    path("verify-email", page),
    path("reset-password", page),
]
