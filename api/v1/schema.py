"""What the OpenAPI document says about every route beside its success."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from api.v1.serializers.accounts import ErrorSerializer


def errors(*statuses: int) -> dict[int, type[ErrorSerializer]]:
    return dict.fromkeys((*statuses, 500), ErrorSerializer)


def large_bodies(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Whatever takes a body refuses one that is too large."""
    for operation in (operation for path in result["paths"].values() for operation in path.values()):
        if "requestBody" in operation:
            operation["responses"]["413"] = operation["responses"]["500"]
    return result


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "api.v1.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
