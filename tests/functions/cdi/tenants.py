"""What tests say to the core about apps and tenants."""

import json
from typing import Any

from tests.core import Core

APP = "/recipe/multitenancy/app/v2"
TENANT = "/recipe/multitenancy/tenant/v2"
DOMAIN = "/recipe/multitenancy/connectionuridomain/v2"

NOT_FOUND = (
    "AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId combination not "
    "found: "
)
"""What the core says of a tenant that does not exist; its names follow."""


def say(core: Core, method: str, path: str, *, version: str = "5.4", host: str = "", **body: Any) -> Any:
    """Send a request in a version, to a host; return the JSON answer, or status and text of a refusal."""
    headers = {"cdi-version": version, **({"host": host} if host else {})}
    content = None if method == "GET" else json.dumps(body).encode()
    answer = core.call(method, path, body=content, headers=headers)
    return answer.json if answer.status == 200 else (answer.status, answer.text.removesuffix("\n"))


def shown(core: Core, prefix: str = "", *, version: str = "") -> Any:
    """Return a tenant as `/v2` shows it, or as a version shows it without; the status is left out."""
    path = f"{prefix}/recipe/multitenancy/tenant" + ("" if version else "/v2")
    answer = say(core, "GET", path, version=version or "5.4")
    assert answer.pop("status") == "OK"
    return answer


def make_tenants(core: Core, *tenant_ids: str, app: str = "") -> None:
    """Make tenants of an app."""
    for tenant_id in tenant_ids:
        assert core.put(f"{app}{TENANT}", tenantId=tenant_id)["createdNew"]
