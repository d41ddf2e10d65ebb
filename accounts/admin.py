from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import GuestAccount, Registration, RevokedToken
from locations.admin_lists import LargeTableAdmin, ReadOnlyAdmin

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, LargeTableAdmin):  # type: ignore[misc]  # the order is the one that unfold asks for
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("username__startswith",)
    search_help_text = "How the user name begins."
    ordering = ("-id",)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


@admin.register(Registration)
class RegistrationAdmin(ReadOnlyAdmin):
    list_display = ("email", "created_at", "confirmed_at")
    search_fields = ("=email",)
    ordering = ("-id",)
    exclude = ("password",)


@admin.register(GuestAccount)
class GuestAccountAdmin(ReadOnlyAdmin):
    list_display = ("user", "created_at")
    list_select_related = ("user",)
    search_fields = ("=user__username",)
    ordering = ("-user_id",)


@admin.register(RevokedToken)
class RevokedTokenAdmin(ReadOnlyAdmin):
    list_display = ("jti", "revoked_at", "expires_at")
    search_fields = ("=jti",)
    ordering = ("-expires_at",)
