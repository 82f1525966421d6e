"""What moto's server lacks, put into it: the order of deployments, functions as they are declared, and running them."""

import base64
import copy
import json
import re
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from moto.awslambda.models import LambdaBackend, LambdaFunction, LambdaStorage
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack, cloudformation_backends
from moto.cloudformation.parsing import ResourceMap
from moto.core.utils import iso_8601_datetime_with_nanoseconds
from moto.ses.models import SESBackend
from moto.sesv2.responses import SESV2Response
from moto.sns.models import SNSBackend

from infra.local.aws import stacks
from infra.local.aws.account import ACCOUNT_ID, Account
from infra.local.aws.carried_out import Noted, Resource, resource_class
from infra.local.aws.letters import Letterbox
from infra.local.instances import FunctionError
from infra.local.log import log

_ADDRESS = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")


class Fleet(Protocol):
    """What runs the functions."""

    def invoke(self, name: str, event: Any) -> Any:
        """Return a function's result. Raises FunctionError."""


def amend(
    account: Account, fleet: Fleet, letterbox: Letterbox, address_of: Callable[[str], str | None]
) -> None:
    """Change moto in this process; `address_of` returns where the HTTP API of an id is served."""
    Resource.account = account
    _amend_stacks(address_of)
    _amend_functions(fleet)
    _amend_letters(letterbox)


def _amend_stacks(address_of: Callable[[str], str | None]) -> None:
    class_of, cleaned = parsing.resource_class_from_type, parsing.clean_json
    make_one, make_all = parsing.parse_and_create_resource, Stack.create_resources

    def resource_class_from_type(resource_type: str) -> Any:
        if resource_type in parsing.NULL_MODELS or resource_type.startswith("Custom::"):
            return class_of(resource_type)
        known = resource_class(resource_type) or parsing.get_model_map().get(resource_type)
        return known or Noted

    def clean_json(node: Any, resources: Any) -> Any:
        result = cleaned(node, resources)
        if not isinstance(result, str):
            return result
        return _ADDRESS.sub(lambda match: address_of(match[1]) or match[0], result)

    def parse_and_create_resource(logical_id: str, *more: Any, **named: Any) -> Any:
        try:
            return make_one(logical_id, *more, **named)
        except ValidationError as error:
            raise ValidationError(message=f"{logical_id}: {error.message}") from None
        except Exception as error:
            log(traceback.format_exc())
            raise ValidationError(message=f"{logical_id}: {error}") from None

    def create_resources(stack: Stack) -> None:
        try:
            make_all(stack)
        except ValidationError:
            _forget(stack)
            raise

    _put(
        parsing,
        resource_class_from_type=resource_class_from_type,
        clean_json=clean_json,
        parse_and_create_resource=parse_and_create_resource,
    )
    _put(Stack, create_resources=create_resources)
    _put(ChangeSet, apply=_apply)
    _put(ResourceMap, update=stacks.update, delete=stacks.delete)
    _put(CloudFormationBackend, validate_template=_validate)


def _apply(change_set: ChangeSet) -> None:
    """Carry a change set out, and bring the outputs up to date, which moto leaves as they were."""
    stack = change_set.stack
    is_new = change_set.change_set_type == "CREATE"
    backend = cloudformation_backends[ACCOUNT_ID][stack.region_name]
    stack.resource_map.cross_stack_resources = backend.exports
    try:
        stack.resource_map.update(change_set.template_dict, change_set.parameters)
    except ValidationError:
        if is_new:
            _forget(stack)
        raise
    stack.template, stack.template_dict = change_set.template, change_set.template_dict
    stack.output_map = stack._create_output_map()
    backend.exports.update({export.name: export for export in stack.exports})


def _forget(stack: Stack) -> None:
    """Remove a stack that could not be made; AWS would keep it as ROLLBACK_COMPLETE, to be removed by hand."""
    stacks.delete(stack.resource_map)
    cloudformation_backends[ACCOUNT_ID][stack.region_name].stacks.pop(stack.stack_id)


def _validate(_: CloudFormationBackend, template: str) -> list[Any]:
    """Read a template, as AWS does; moto would have it linted, and fail for warnings."""
    Stack.parse_template(template)
    return []


def _amend_functions(fleet: Fleet) -> None:
    make, configure, code, told = (
        LambdaFunction.__init__,
        LambdaFunction.update_configuration,
        LambdaFunction.update_function_code,
        LambdaFunction.get_configuration,
    )

    def initialise(function: Any, account_id: str, spec: dict[str, Any], *more: Any, **named: Any) -> None:
        make(function, account_id, spec, *more, **named)
        function.snap_start = (spec.get("SnapStart") or {}).get("ApplyOn", "None")

    def update_configuration(function: Any, changes: dict[str, Any]) -> dict[str, Any]:
        configure(function, changes)
        if "SnapStart" in changes:
            function.snap_start = changes["SnapStart"].get("ApplyOn", "None")
        if "TracingConfig" in changes:
            function.tracing_config = changes["TracingConfig"]
        function.last_modified = iso_8601_datetime_with_nanoseconds()
        return function.get_configuration()  # type: ignore[no-any-return]

    def update_function_code(function: Any, changes: dict[str, Any]) -> dict[str, Any]:
        code(function, changes)
        function.architectures = changes.get("Architectures") or function.architectures
        function.last_modified = iso_8601_datetime_with_nanoseconds()
        return function.get_configuration()  # type: ignore[no-any-return]

    def get_configuration(function: Any, on_create: bool = False) -> dict[str, Any]:
        is_on = function.snap_start == "PublishedVersions" and function.version != "$LATEST"
        status = {"ApplyOn": function.snap_start, "OptimizationStatus": "On" if is_on else "Off"}
        return {**told(function, on_create), "SnapStart": status}

    def invoke(
        backend: LambdaBackend, name: str, qualifier: str | None, body: Any, headers: Any, answer: Any
    ) -> Any:
        function = backend.get_function(name, qualifier)
        return _invoke(fleet, function, body, headers, answer)

    _put(
        LambdaFunction,
        __init__=initialise,
        update_configuration=update_configuration,
        update_function_code=update_function_code,
        get_configuration=get_configuration,
    )
    _put(LambdaBackend, invoke=invoke)
    _put(LambdaStorage, publish_version=_publish_version)


def _publish_version(storage: Any, name_or_arn: str, description: str = "") -> LambdaFunction:
    """Publish what a function is now, under a number that no version of it has had."""
    latest = storage.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
    versions = storage._functions[latest.function_name]["versions"]
    if versions and not latest.code_or_config_updated:
        return versions[-1]  # type: ignore[no-any-return]
    latest.code_or_config_updated = False
    latest.last_version = getattr(latest, "last_version", 0) + 1
    version: LambdaFunction = copy.copy(latest)
    version.set_version(latest.last_version)
    version.description = description or version.description
    versions.append(version)
    storage._arns[version.function_arn] = version
    return version


def _invoke(
    fleet: Fleet, function: LambdaFunction, body: Any, headers: Mapping[str, str], answer: dict[str, str]
) -> str:
    event = json.loads(body) if body else {}
    answer["x-amz-executed-version"] = str(function.version)
    answer["x-amz-log-result"] = base64.b64encode(b"Logs are where the local AWS runs.").decode()
    if headers.get("X-Amz-Invocation-Type") == "Event":
        threading.Thread(target=_run_alone, args=(fleet, function, event), daemon=True).start()
        return ""
    try:
        result = json.dumps(fleet.invoke(function.function_arn, event))
    except FunctionError as error:
        answer["x-amz-function-error"] = "Unhandled"
        result = json.dumps(error.payload)
    answer["Content-Length"] = str(len(result.encode()))
    return result


def _run_alone(fleet: Fleet, function: LambdaFunction, event: Any) -> None:
    try:
        fleet.invoke(function.function_arn, event)
    except FunctionError:
        return  # nobody waits for it; the fleet has written down why


def _amend_letters(letterbox: Letterbox) -> None:
    send, publish = SESV2Response.send_email, SNSBackend.publish

    def send_email(response: SESV2Response) -> str:
        answer = send(response)
        letterbox.post_letter(json.loads(response.body))
        return answer

    def publish_message(backend: SNSBackend, message: str, *more: Any, **named: Any) -> str:
        answer = publish(backend, message, *more, **named)
        if number := named.get("phone_number"):
            letterbox.post_text_message(number, message)
        return answer

    _put(SESV2Response, send_email=send_email)
    _put(SNSBackend, publish=publish_message)
    # Nobody can prove to own a domain here.
    _put(SESBackend, _is_verified_address=lambda *_: True)


def _put(owner: Any, **functions: Any) -> None:
    """Put functions in the place of moto's."""
    for name, function in functions.items():
        setattr(owner, name, function)
