from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.params import TOKEN_MAX_CHARS
from accounts.services import check_new_password

PASSWORD_MAX_CHARS = 128
EMAIL_MAX_CHARS = 150


class PasswordField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=PASSWORD_MAX_CHARS, trim_whitespace=False, **kwargs)


class LoginSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=EMAIL_MAX_CHARS, help_text="A user name or an e-mail address.")
    password = PasswordField()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=TOKEN_MAX_CHARS)


class LogoutSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=TOKEN_MAX_CHARS, required=False)


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class AccessSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()


class StreamingTokenSerializer(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    user_id = serializers.IntegerField()
    seconds_left = serializers.IntegerField()
    should_refresh = serializers.BooleanField()


class UserSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.CharField(allow_blank=True)
    first_name = serializers.CharField(allow_blank=True)
    last_name = serializers.CharField(allow_blank=True)
    is_guest = serializers.BooleanField()
    is_staff = serializers.BooleanField()


class RegisterSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=EMAIL_MAX_CHARS)
    password = PasswordField()
    first_name = serializers.CharField(max_length=150, required=False, allow_blank=True, allow_null=True)
    last_name = serializers.CharField(max_length=150, required=False, allow_blank=True, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["first_name"], attrs["last_name"] = attrs.get("first_name") or "", attrs.get("last_name") or ""
        try:
            check_new_password(**attrs)
        except ValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from None
        return attrs


class RegisteredSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    first_name = serializers.CharField(allow_blank=True)
    last_name = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class EmailSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=EMAIL_MAX_CHARS)


class ResetSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=1000)
    password = PasswordField()


class MessageSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class VerifiedSerializer(MessageSerializer):
    reset_token = serializers.CharField(required=False)


class ErrorDetailSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
    error_code = serializers.CharField()


class ErrorSerializer(serializers.Serializer[Any]):
    """Every answer that is not a success."""

    code = serializers.CharField()
    message = serializers.CharField()
    retryable = serializers.BooleanField()
    retry_after = serializers.IntegerField(allow_null=True)
    detail = ErrorDetailSerializer()
    field = serializers.CharField(allow_null=True, required=False)
    problems = serializers.DictField(required=False)
