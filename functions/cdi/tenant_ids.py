"""The ids of connection URI domains, apps and tenants, as bodies name them."""

import re
from typing import Annotated

from pydantic import AfterValidator

from functions.cdi.inputs import Body, Maybe, Text
from gatehouse.addresses import JAVA_BLANKS

_ID = re.compile(r"[a-z0-9-]+")
_DOMAIN = re.compile(r"([a-z0-9-]+(\.[a-z0-9-]+)*)(:[0-9]{1,9})?")
_RESERVED = {"recipe", "config", "users", "hello"}
_ID_LENGTH = 64
_DOMAIN_LENGTH = 256


def _app_id(text: str) -> str:
    return _id(text, "appId")


def _tenant_id(text: str) -> str:
    lowered = text.strip(JAVA_BLANKS).lower()
    if lowered in _RESERVED:
        raise ValueError(f"Cannot use '{lowered}' as a tenantId")
    return _id(text, "tenantId")


def _id(text: str, name: str) -> str:
    lowered = text.strip(JAVA_BLANKS).lower()
    if not lowered:
        raise ValueError(f"{name} should not be an empty String")
    if lowered.startswith("appid-"):
        raise ValueError(f"{name} must not start with 'appid-'")
    if not _ID.fullmatch(lowered):
        raise ValueError(f"{name} can only contain letters, numbers and hyphens")
    if len(lowered) > _ID_LENGTH:
        raise ValueError(f"{name} must not be longer than {_ID_LENGTH} characters")
    return lowered


def _domain(text: str) -> str:
    """Return a host name without the port that it may be given with."""
    lowered = text.strip(JAVA_BLANKS).lower()
    if not lowered:
        raise ValueError("connectionUriDomain should not be an empty String")
    match = _DOMAIN.fullmatch(lowered)
    if match is None or len(match[1]) > _DOMAIN_LENGTH:
        raise ValueError("connectionUriDomain is invalid")
    return match[1]


AppId = Annotated[Text, AfterValidator(_app_id)]
TenantId = Annotated[Text, AfterValidator(_tenant_id)]
Domain = Annotated[Text, AfterValidator(_domain)]


class AppToPut(Body):
    """Which app is meant; absent: the public one."""

    app_id: Maybe[AppId] = None


class TenantToPut(Body):
    """Which tenant is meant; absent: the public one."""

    tenant_id: Maybe[TenantId] = None


class DomainToPut(Body):
    """Which connection URI domain is meant; absent: the default one."""

    connection_uri_domain: Maybe[Domain] = None


class AppToRemove(Body):
    """Which app goes."""

    app_id: AppId


class TenantToRemove(Body):
    """Which tenant goes."""

    tenant_id: TenantId


class DomainToRemove(Body):
    """Which connection URI domain goes."""

    connection_uri_domain: Domain
