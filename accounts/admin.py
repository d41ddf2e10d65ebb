from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.models import GuestAccount, Registration, RevokedToken


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Registration)
class RegistrationAdmin(ReadOnlyAdmin):
    list_display = ("email", "created_at", "confirmed_at")
    search_fields = ("email",)
    exclude = ("password",)


@admin.register(GuestAccount)
class GuestAccountAdmin(ReadOnlyAdmin):
    list_display = ("user", "created_at")
    list_select_related = ("user",)


@admin.register(RevokedToken)
class RevokedTokenAdmin(ReadOnlyAdmin):
    list_display = ("jti", "revoked_at", "expires_at")
