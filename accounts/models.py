from __future__ import annotations

from django.conf import settings
from django.db import models


class GuestAccount(models.Model):
    """Marks a user who came in with one click. Registering removes the mark and keeps the user and its sessions."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="guest_account"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"guest {self.pk}"


class Registration(models.Model):
    """An account asked for and not yet confirmed by e-mail.

    The user is made (or the guest upgraded) by the click on the link: nobody can squat an address, log in with one that is
    not theirs, or learn from the answer whether an account exists.
    """

    email = models.EmailField(max_length=150)  # becomes the user name, whose column is this wide
    password = models.CharField(max_length=128)  # hashed
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    guest = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="registrations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["email", "-created_at"], name="registration_email")]

    def __str__(self) -> str:
        return self.email


class RevokedToken(models.Model):
    """A refresh token that was logged out, with every access token made from it. Kept until it would expire anyway."""

    jti = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.jti


class RateCounter(models.Model):
    """One caller's count in the current window. The key is a digest: no address and no e-mail is stored."""

    key = models.CharField(max_length=80, primary_key=True)
    count = models.BigIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
