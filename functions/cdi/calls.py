"""A call as its operation sees it: for whom, in which version, with what input."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from functions.cdi.inputs import Body, Text
from functions.cdi.json_input import read_object
from gatehouse.bootstrap import House
from gatehouse.errors import Forbidden, RequestInvalid
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY
from gatehouse.models.tenancy import Tenant
from gatehouse.web.wire import CdiVersion

T = TypeVar("T", bound=BaseModel)

_LOGINS = {EMAIL_PASSWORD: "Email password", PASSWORDLESS: "Passwordless", THIRD_PARTY: "ThirdParty"}


@dataclass(frozen=True)
class Call:
    """One request, its tenant found and its caller let in. `headers` are in lower case."""

    house: House
    tenant: Tenant
    version: CdiVersion
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    content: bytes

    def body(self, model: type[T]) -> T:
        """Read the JSON body; raises RequestInvalid with the core's text."""
        return _read(model, read_object(self.content), "Field name '{}' is invalid in JSON input")

    def query(self, model: type[T]) -> T:
        """Read the query; raises RequestInvalid with the core's text."""
        return _read(model, self.parameters, "Field name '{}' is missing in GET request")

    def recipe_user_id(self) -> str:
        """Read from the JSON body which login method is meant: `recipeUserId`, or before CDI 4.0 `userId`."""
        if self.version.has_linked_accounts:
            return self.body(_RecipeUser).recipe_user_id
        return self.body(_User).user_id

    def require_public_tenant(self) -> None:
        """Raise Forbidden where a tenant is named for what concerns the whole app (CDI 5.0 and later)."""
        if self.version.refuses_tenant_for_app and not self.tenant.identifier.is_public:
            raise Forbidden("Only public tenantId can call this app specific API")

    def require_login(self, recipe_id: str) -> None:
        """Raise Forbidden where people of the tenant may not sign in with a recipe (CDI before 5.1)."""
        if not self.version.offers(self.tenant.logins, recipe_id):
            raise Forbidden(f"{_LOGINS[recipe_id]} login not enabled for tenant")


class _RecipeUser(Body):
    """A login method."""

    recipe_user_id: Text


class _User(Body):
    """A login method as it was called when it was a user."""

    user_id: Text


def _read(model: type[T], given: Mapping[str, Any], complaint: str) -> T:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = next((part for part in reversed(first["loc"]) if isinstance(part, str)), "")
        if first["type"] == "value_error" and (told := str(first["ctx"]["error"])):
            complaint = told
        elif first["type"] in {"int_parsing", "int_parsing_size"}:
            complaint = "Field name '{}' must be an int in the GET request"
        raise RequestInvalid(complaint.format(name)) from None
