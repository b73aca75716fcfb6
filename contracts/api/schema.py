"""How the OpenAPI document names the ways to authenticate. Loaded by contracts.apps."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """One key, three headers; one of them is enough."""

    target_class = "contracts.api.authentication.KeyAuthentication"
    name = ["bearerKey", "headerKey", "basicKey"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "An API key."},
            {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "An API key."},
            {
                "type": "http",
                "scheme": "basic",
                "description": "User: the key's prefix (its first 12 characters). Password: the key.",
            },
        ]
