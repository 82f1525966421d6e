"""The order of a deployment: resources are made and changed after what they refer to, and removed before it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import ResourceMap

Template = Mapping[str, Any]
_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")
_TRIES = 4


def update(stack: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
    """Bring a stack from its template to another one."""
    old, new = stack._resource_json_map, template["Resources"]
    changed_parameters = {
        name for name, value in (parameters or {}).items() if stack.input_parameters.get(name) != value
    }
    stack._template = template
    stack.input_parameters = parameters or stack.input_parameters
    stack.load_mapping()
    stack.load_parameters()
    stack.load_conditions()
    stack._resource_json_map = new
    try:
        _make_and_change(stack, old, new, changed_parameters)
        _remove_all(stack, {name: old[name] for name in old if name not in new})
    except Exception:
        stack._resource_json_map = old  # the next deployment tries the same again
        raise


def delete(stack: ResourceMap) -> None:
    """Remove all resources of a stack."""
    resources = stack._resource_json_map
    _remove_all(
        stack, {name: item for name, item in resources.items() if item.get("DeletionPolicy") != "Retain"}
    )


def in_order(resources: Template) -> list[str]:
    """Return the resources, each after those that it refers to."""
    ordered: dict[str, None] = {}

    def visit(name: str, path: frozenset[str]) -> None:
        if name in ordered or name in path:
            return
        for other in sorted(references(resources[name]) & resources.keys()):
            visit(other, path | {name})
        ordered[name] = None

    for name in resources:
        visit(name, frozenset())
    return list(ordered)


def references(resource: Template) -> set[str]:
    """Return what a resource refers to: resources and parameters."""
    depends = resource.get("DependsOn") or []
    return {*([depends] if isinstance(depends, str) else depends), *_references(resource)}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name == "Ref":
            yield str(value)
        elif name == "Fn::GetAtt":
            yield value[0] if isinstance(value, list) else str(value).partition(".")[0]
        elif name == "Fn::Sub":
            yield from _IN_TEXT.findall(value if isinstance(value, str) else value[0])
            yield from _references(value)
        else:
            yield from _references(value)


def _make_and_change(stack: ResourceMap, old: Template, new: Template, changed_parameters: set[str]) -> None:
    replaced = set(changed_parameters)
    for name in in_order(new):
        existing = stack._parsed_resources.get(name)
        try:
            if existing is None or name not in old:
                stack._parsed_resources.pop(name, None)
                _ = stack[name]
                replaced.add(name)
            elif new[name] != old[name] or references(new[name]) & replaced:
                before = _physical(existing)
                stack._parsed_resources[name] = _changed(stack, name, existing, new[name])
                if _physical(stack._parsed_resources[name]) != before:
                    replaced.add(name)
        except ValidationError as error:
            raise ValidationError(message=f"{name}: {error.message}") from None


def _changed(stack: ResourceMap, name: str, existing: Any, resource: dict[str, Any]) -> Any:
    place = {"account_id": stack._account_id, "region_name": stack._region_name}
    update = parsing.resource_class_from_type(resource["Type"]).update_from_cloudformation_json
    if hasattr(update, "__isabstractmethod__"):  # moto cannot change it: put another one in its place
        stack._delete_resource(existing, resource)
        return parsing.parse_and_create_resource(name, resource, stack, **place)
    return parsing.parse_and_update_resource(name, resource, stack, **place)


def _remove_all(stack: ResourceMap, resources: Template) -> None:
    """Remove resources, the last first; what something still clings to is tried again."""
    left = [name for name in reversed(in_order(resources)) if name in stack._parsed_resources]
    for attempt in range(_TRIES):
        for name in list(left):
            try:
                stack._delete_resource(stack._parsed_resources[name], dict(resources[name]))
            except Exception:
                if attempt == _TRIES - 1:
                    raise
            else:
                del stack._parsed_resources[name]
                left.remove(name)


def _physical(resource: Any) -> str:
    return str(getattr(resource, "physical_resource_id", resource))
