"""Reads serverless.yml: its YAML tags, its `${…}` variables and the CloudFormation functions in what is left."""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$\{(?=\w+:(?!:))([^${}]+)\}")
_ALTERNATIVES = re.compile(r"""\s*('[^']*'|"[^"]*"|[^,]+?)\s*(?:,|$)""")
_SUBSTITUTION = re.compile(r"\$\{([\w.:]+)\}")
_MAX_DEPTH = 40

ACCOUNT_ID = "000000000000"


class TemplateInvalid(Exception):
    """serverless.yml cannot be read; the text says what is wrong with it."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` becomes `{"Ref": "X"}`, `!Sub …` becomes `{"Fn::Sub": …}`."""


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TemplateInvalid(f"!{name} has no value")
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)


class Template:
    """A serverless.yml whose parts are resolved as they are asked for, so that what is not served may be anything."""

    def __init__(self, path: Path, *, stage: str, environ: Mapping[str, str]) -> None:
        self.path = path
        self.stage = stage
        self.region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._environ = environ

    @cached_property
    def _document(self) -> dict[str, Any]:
        try:
            # _Loader is a SafeLoader: it makes plain values only.
            document = yaml.load(self.path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
        except FileNotFoundError:
            raise TemplateInvalid(f"{self.path} does not exist") from None
        except yaml.YAMLError as error:
            raise TemplateInvalid(f"{self.path} is not valid YAML: {error}") from None
        if not isinstance(document, dict):
            raise TemplateInvalid(f"{self.path} is not a YAML mapping")
        return document

    def value(self, address: str, default: Any = None) -> Any:
        """Return what stands at a dotted address, such as `provider.environment`, resolved."""
        found = self._lookup(address, 0)
        return default if found is None else self._evaluate(found)

    def _lookup(self, address: str, depth: int) -> Any:
        node: Any = self._document
        for name in address.split("."):
            node = self._resolve_top(node, depth)
            if not isinstance(node, dict) or name not in node:
                return None
            node = node[name]
        return self._resolve(node, depth)

    def _resolve_top(self, node: Any, depth: int) -> Any:
        return self._resolve(node, depth) if isinstance(node, str) else node

    def _resolve(self, node: Any, depth: int = 0) -> Any:
        if depth > _MAX_DEPTH:
            raise TemplateInvalid(f"{self.path}: a variable refers to itself, at {node!r}")
        if isinstance(node, dict):
            return {name: self._resolve(item, depth) for name, item in node.items()}
        if isinstance(node, list):
            return [self._resolve(item, depth) for item in node]
        if not isinstance(node, str):
            return node
        text = node
        while match := _VARIABLE.search(text):
            value = self._variable(match[1], depth + 1)
            if match[0] == text:
                return self._resolve(value, depth + 1)
            if value is None or isinstance(value, dict | list):
                raise TemplateInvalid(
                    f"{self.path}: {match[0]} is not a text, but stands within one: {node!r}"
                )
            if isinstance(value, bool):
                value = str(value).lower()
            text = text.replace(match[0], str(value))
        return text

    def _variable(self, expression: str, depth: int) -> Any:
        for alternative in _ALTERNATIVES.findall(expression):
            if alternative == "null":
                return None
            if alternative[0] in "'\"":
                return alternative[1:-1]
            source, colon, address = alternative.partition(":")
            value = self._source(source, address, depth) if colon else yaml.safe_load(alternative)
            if value is not None:
                return value
        raise TemplateInvalid(f"{self.path}: nothing found for ${{{expression}}}")

    def _source(self, source: str, address: str, depth: int) -> Any:
        match source:
            case "env":
                return self._environ.get(address)
            case "param":
                found = self._lookup(f"params.{self.stage}.{address}", depth)
                return self._lookup(f"params.default.{address}", depth) if found is None else found
            case "self":
                return self._lookup(address, depth)
            case "sls" | "opt" if address == "stage":
                return self.stage
            case "opt" | "aws" if address == "region":
                return self.region
            case "aws" if address == "accountId":
                return ACCOUNT_ID
        raise TemplateInvalid(f"{self.path}: the local gateway cannot resolve ${{{source}:{address}}}")

    def _evaluate(self, node: Any) -> Any:
        """Return the value with CloudFormation's functions carried out."""
        if isinstance(node, list):
            return [self._evaluate(item) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or str(name).startswith("Fn::"):
                return self._function(str(name), self._evaluate(argument))
        return {name: self._evaluate(item) for name, item in node.items()}

    def _function(self, name: str, argument: Any) -> Any:
        match name, argument:
            case "Ref", str():
                return self._reference(argument)
            case "Fn::GetAtt", [str() as resource, str() as attribute]:
                return self._attribute(resource, attribute)
            case "Fn::Sub", str():
                return self._substitute(argument, {})
            case "Fn::Sub", [str() as text, dict() as names]:
                return self._substitute(text, names)
            case "Fn::Join", [str() as separator, list() as parts]:
                return separator.join(str(part) for part in parts)
        raise TemplateInvalid(f"{self.path}: the local gateway does not know {name} with {argument!r}")

    def _substitute(self, text: str, names: Mapping[str, Any]) -> str:
        def replacement(match: re.Match[str]) -> str:
            name = match[1]
            if name in names:
                return str(names[name])
            resource, dot, attribute = name.partition(".")
            return self._attribute(resource, attribute) if dot else self._reference(name)

        return _SUBSTITUTION.sub(replacement, text)

    def _reference(self, name: str) -> str:
        pseudo = {
            "AWS::AccountId": ACCOUNT_ID,
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackName": f"{self._document.get('service')}-{self.stage}",
            "AWS::URLSuffix": "amazonaws.com",
        }
        return pseudo.get(name, name)

    def _attribute(self, resource: str, attribute: str) -> str:
        return f"arn:aws:local:{self.region}:{ACCOUNT_ID}:{resource}" if attribute == "Arn" else resource
