"""The operation of the recipe dashboard that shows how a tenant is configured."""

from dataclasses import Field
from typing import Any

from functions.cdi.calls import Call
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.core_config import KEYS, CoreConfig

router = Router("dashboard")

_TYPES = {"boolean": "boolean", "int": "number", "long": "number", "double": "number", "String": "string"}


@router.on("GET", "/recipe/dashboard/tenant/core-config", Scope.TENANT)
def list_core_config(call: Call) -> Json:
    """List the keys of the core's configuration with the values that hold in a tenant."""
    shown = [declared for declared in KEYS.values() if declared.metadata["is_shown"]]
    config = call.house.tenancy.reread(call.tenant).config
    return ok(config=[_key_json(declared, config) for declared in shown])


def _key_json(declared: Field[Any], config: CoreConfig) -> Json:
    metadata = declared.metadata
    return {
        "key": declared.name,
        "valueType": "enum" if metadata["choices"] else _TYPES[metadata["kind"]],
        "value": getattr(config, declared.name),
        "description": metadata["about"],
        "isDifferentAcrossTenants": metadata["level"] == "tenant",
        "possibleValues": list(metadata["choices"]) or None,
        "isNullable": declared.default is None,
        "defaultValue": declared.default,
        "isPluginProperty": False,
        "isPluginPropertyEditable": False,
    }
