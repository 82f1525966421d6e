"""How CloudFormation's resources are made, changed and removed: with the same calls of AWS that a person would use."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Properties = Mapping[str, Any]
Translate = Callable[[Properties], Properties]


def as_they_are(properties: Properties) -> Properties:
    """Return the properties: CloudFormation and the API mostly call them the same."""
    return properties


@dataclass(frozen=True)
class Kind:
    """A type of resource; `identity` are the parameters by which later calls name one, taken from what is known of it.

    `physical` is the member of the answer to `create` that a Ref stands for, and `attributes` those that GetAtt knows.
    Where there is no `update`, another one is made and the old one is removed. Calls get those of the properties that
    they have parameters for; `also` is called where the properties have all that it requires.
    """

    service: str
    create: str
    delete: str
    identity: Mapping[str, str]
    physical: str
    update: tuple[str, ...] = ()
    also: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    translate: Translate = as_they_are


def _of_api(noun: str, identity: str, **more: Any) -> Kind:
    """Return a kind of API Gateway, below an API."""
    return Kind(
        "apigatewayv2",
        create=f"create_{noun}",
        update=(f"update_{noun}",),
        delete=f"delete_{noun}",
        identity={"ApiId": "ApiId", identity: identity},
        physical=identity,
        **more,
    )


def _policy(properties: Properties) -> Properties:
    return {**properties, "PolicyDocument": json.dumps(properties["PolicyDocument"])}


def _layer(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if value not in (None, [])}


def _function(properties: Properties) -> Properties:
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
    return {**properties, **properties["Code"], "Tags": tags}


def _permission(properties: Properties) -> Properties:
    return {**properties, "StatementId": properties["StatementId"][-100:]}


KINDS = {
    "AWS::ApiGatewayV2::Api": Kind(
        "apigatewayv2",
        create="create_api",
        update=("update_api",),
        delete="delete_api",
        identity={"ApiId": "ApiId"},
        physical="ApiId",
        attributes={"ApiId": "ApiId", "ApiEndpoint": "ApiEndpoint"},
    ),
    "AWS::ApiGatewayV2::Authorizer": _of_api(
        "authorizer", "AuthorizerId", attributes={"AuthorizerId": "AuthorizerId"}
    ),
    "AWS::ApiGatewayV2::Integration": _of_api("integration", "IntegrationId"),
    "AWS::ApiGatewayV2::Route": _of_api("route", "RouteId"),
    "AWS::ApiGatewayV2::Stage": _of_api("stage", "StageName"),
    "AWS::CloudWatch::Alarm": Kind(
        "cloudwatch",
        create="put_metric_alarm",
        update=("put_metric_alarm",),
        delete="delete_alarms",
        identity={"AlarmNames": "[AlarmName]"},
        physical="AlarmName",
        name="AlarmName",
    ),
    "AWS::IAM::ManagedPolicy": Kind(
        "iam",
        create="create_policy",
        delete="delete_policy",
        identity={"PolicyArn": "Policy.Arn"},
        physical="Policy.Arn",
        name="PolicyName",
        translate=_policy,
    ),
    "AWS::Lambda::Alias": Kind(
        "lambda",
        create="create_alias",
        update=("update_alias",),
        delete="delete_alias",
        identity={"FunctionName": "FunctionName", "Name": "Name"},
        physical="AliasArn",
    ),
    "AWS::Lambda::Function": Kind(
        "lambda",
        create="create_function",
        update=("update_function_configuration", "update_function_code"),
        also="put_function_concurrency",
        delete="delete_function",
        identity={"FunctionName": "FunctionName"},
        physical="FunctionName",
        attributes={"Arn": "FunctionArn"},
        name="FunctionName",
        translate=_function,
    ),
    "AWS::Lambda::LayerVersion": Kind(
        "lambda",
        create="publish_layer_version",
        delete="delete_layer_version",
        identity={"LayerName": "LayerName", "VersionNumber": "Version"},
        physical="LayerVersionArn",
        name="LayerName",
        translate=_layer,
    ),
    "AWS::Lambda::Permission": Kind(
        "lambda",
        create="add_permission",
        delete="remove_permission",
        identity={"FunctionName": "FunctionName", "StatementId": "StatementId"},
        physical="StatementId",
        name="StatementId",
        translate=_permission,
    ),
    "AWS::Lambda::Version": Kind(
        "lambda",
        create="publish_version",
        delete="delete_function",
        identity={"FunctionName": "FunctionName", "Qualifier": "Version"},
        physical="FunctionArn",
        attributes={"Version": "Version", "FunctionArn": "FunctionArn"},
    ),
}
