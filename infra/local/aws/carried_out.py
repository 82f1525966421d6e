"""Resources of a stack as moto's CloudFormation keeps them: ours, and those that are only noted."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Self

from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from infra.local.aws.account import Account
from infra.local.aws.resources import KINDS, Kind
from infra.local.log import log

_GONE = {
    "404",
    "NoSuchEntity",
    "NotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "NoSuchBucket",
}
_EXPECTED = {
    "AWS::Lambda::EventInvokeConfig",
    # osls' denies all that comes by http, as everything here does; moto would take its condition for always true.
    "AWS::S3::BucketPolicy",
}


class Resource(CloudFormationModel):
    """A resource that exists in the local AWS, made with the calls of its kind."""

    kind: ClassVar[Kind]
    account: ClassVar[Account]

    def __init__(self, region: str, properties: Mapping[str, Any]) -> None:
        self._client = self.account.client(self.kind.service, region)
        self._known = dict(properties)
        self.physical_resource_id = ""

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Any,
        account_id: str,  # noqa: ARG003 (moto passes it)
        region_name: str,
        **_: Any,
    ) -> Self:
        """Make the resource."""
        properties = dict(cloudformation_json.get("Properties") or {})
        if cls.kind.name:
            properties.setdefault(cls.kind.name, resource_name)
        resource = cls(region_name, properties)
        resource._known |= resource._call(cls.kind.create, properties)
        resource._call_also(properties)
        resource.physical_resource_id = str(_look(resource._known, cls.kind.physical))
        return resource

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Self:
        """Change the resource, or put another one in its place."""
        if not cls.kind.update:
            made = cls.create_from_cloudformation_json(
                new_resource_name, cloudformation_json, account_id, region_name
            )
            original_resource.delete()
            return made
        original_resource._change(dict(cloudformation_json.get("Properties") or {}))
        return original_resource

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether GetAtt knows an attribute."""
        return attr in cls.kind.attributes or attr == "Arn"

    def get_cfn_attribute(self, attribute: str) -> Any:
        """Return an attribute."""
        path = self.kind.attributes.get(attribute)
        return _look(self._known, path) if path else self.physical_resource_id

    def delete(self, *_: str) -> None:
        """Remove the resource; one that is gone already is none the worse for it."""
        try:
            getattr(self._client, self.kind.delete)(**self._identity)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code", "") not in _GONE:
                raise ValidationError(message=f"{self.physical_resource_id}: {error}") from None

    @property
    def _identity(self) -> dict[str, Any]:
        return {
            name: [_look(self._known, path[1:-1])] if path.startswith("[") else _look(self._known, path)
            for name, path in self.kind.identity.items()
        }

    def _change(self, properties: dict[str, Any]) -> None:
        identity = {} if any(path.startswith("[") for path in self.kind.identity.values()) else self._identity
        for operation in self.kind.update:
            self._known |= self._call(operation, {**self._known_names, **properties, **identity})
        self._call_also({**properties, **identity})

    @property
    def _known_names(self) -> dict[str, Any]:
        return {self.kind.name: self._known[self.kind.name]} if self.kind.name else {}

    def _call_also(self, properties: Mapping[str, Any]) -> None:
        if self.kind.also and {*self._model(self.kind.also).required_members} <= properties.keys():
            self._call(self.kind.also, properties)

    def _call(self, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        translated = self.kind.translate(properties)
        taken = self._model(operation).members
        try:
            answer = getattr(self._client, operation)(
                **{name: value for name, value in translated.items() if name in taken}
            )
        except (BotoCoreError, ClientError) as error:
            raise ValidationError(message=f"{operation}: {error}") from None
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def _model(self, operation: str) -> Any:
        name = self._client.meta.method_to_api_mapping[operation]
        return self._client.meta.service_model.operation_model(name).input_shape


class Noted(CloudFormationModel):
    """A resource that is written down and does nothing: nobody here depends on what it would do."""

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, *_: str, **__: Any
    ) -> Self:
        """Note the resource."""
        _say_so(cloudformation_json["Type"])
        return cls(resource_name)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Self, *_: Any, **__: Any) -> Self:
        """Leave it as it is."""
        return original_resource

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:  # noqa: ARG003 (it knows any)
        """Whether GetAtt knows an attribute."""
        return True

    def get_cfn_attribute(self, attribute: str) -> str:
        """Return something in the place of an attribute."""
        return f"{self.physical_resource_id}.{attribute}"

    def delete(self, *_: str) -> None:
        """Forget it, which whoever noted it does."""


@cache
def _say_so(resource_type: str) -> None:
    """Write it down once."""
    if resource_type not in _EXPECTED:
        log(f"{resource_type} is noted, and does nothing here")


@cache
def resource_class(resource_type: str) -> type[Resource] | None:
    """Return the class of a type of resource that we carry out ourselves."""
    kind = KINDS.get(resource_type)
    if kind is None:
        return None
    # moto takes the second part of a module's name for the service.
    return type(resource_type.replace("::", ""), (Resource,), {"kind": kind, "__module__": __name__})


def _look(known: Mapping[str, Any], path: str) -> Any:
    found: Any = known
    for name in path.split("."):
        found = found[name]
    return found
