"""Live: the process answers. Ready: it can serve, which takes the database."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.utils import InterfaceError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "live"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": "not_ready", "database": "down"}, status=503)
    return JsonResponse({"status": "ready", "database": "up"})
