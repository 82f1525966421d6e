"""Makes apps and tenants by itself where the core interface cannot yet, so that other recipes can be replayed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gatehouse.bootstrap import House
from gatehouse.store.statement import Sql
from tests.wire.oracles.asking import Answer, Caller

_APP = Sql("INSERT INTO {apps} (app_id, created_at_time) VALUES (:app_id, :now)")
_TENANT = Sql("INSERT INTO {tenants} (app_id, tenant_id, created_at_time) VALUES (:app_id, :tenant_id, :now)")
_CONFIG = Sql(
    "INSERT INTO {tenant_configs} (connection_uri_domain, app_id, tenant_id, core_config, email_password_enabled,"
    " passwordless_enabled, third_party_enabled, is_first_factors_null)"
    " VALUES ('', :app_id, :tenant_id, :core_config, :yes, :yes, :yes, :yes)"
)


@dataclass(frozen=True)
class Made:
    """The answer to a request for an app or a tenant."""

    status: int = 200
    text: str = '{"status":"OK","createdNew":true}\n'

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of a JSON answer."""
        return {"content-type": "application/json;charset=UTF-8"}


@dataclass(frozen=True)
class StandIn:
    """Asks a core, and does what it does not know."""

    core: Caller
    house: House

    def call(self, method: str, target: str, *, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Return the core's answer, or make an app or a tenant if it answers 404."""
        answer = self.core.call(method, target, body=body, headers=headers)
        if answer.status != 404 or method != "PUT" or not target.endswith(("/app/v2", "/tenant/v2")):
            return answer
        said = json.loads(body or b"{}")
        app_id = said.get("appId") or target.split("/")[1].removeprefix("appid-")
        tenant = {"app_id": app_id, "tenant_id": said.get("tenantId", "public"), "now": self.house.clock()}
        config = json.dumps(said.get("coreConfig", {}))
        if "appId" in said:
            self.house.database.run(_APP.run(app_id=app_id, now=self.house.clock()))
        self.house.database.run(_TENANT.run(**tenant))
        self.house.database.run(_CONFIG.run(**tenant, core_config=config, yes=True))
        return Made()
