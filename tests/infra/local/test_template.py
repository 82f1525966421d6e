"""infra.local.template: YAML tags, variables and CloudFormation functions."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from infra.local.template import Template, TemplateInvalid

Read = Callable[..., Template]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str, stage: str = "local", **environ: str) -> Template:
        path = tmp_path / "serverless.yml"
        path.write_text(dedent(text), encoding="utf-8")
        return Template(path, stage=stage, environ=environ)

    return read


PARAMS = """
    service: shop
    params:
      default:
        size: 3
        flag: true
        names: [a, b]
        url: https://${param:domain}
        domain: example.com
      prod:
        size: 9
    custom:
      by_size:
        '3': small
        '9': big
      chosen: ${self:custom.by_size.${param:size}}
    value: %s
"""


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${env:PORT}", "8080"),
        ("${env:MISSING, 'a default'}", "a default"),
        ("${env:MISSING, ''}", ""),
        ("${env:MISSING, env:PORT}", "8080"),
        ("${env:MISSING, 17}", 17),
        ("${self:custom.none.at.all, null}", None),
        ("http://127.0.0.1:${env:PORT}/x", "http://127.0.0.1:8080/x"),
        ("${sls:stage}", "local"),
        ("${opt:stage, 'dev'}", "local"),
        ("${opt:region, 'eu-west-1'}", "us-east-1"),
        ("${aws:accountId}", "000000000000"),
        ("${param:size}", 3),
        ("n${param:size}${param:flag}", "n3true"),
        ("${param:names}", ["a", "b"]),
        ("${param:url}/login", "https://example.com/login"),
        ("${self:service}", "shop"),
        ("${self:custom.chosen}", "small"),
        ("plain $ {text} ${Resource.Arn}", "plain $ {text} ${Resource.Arn}"),
    ],
)
def test_variables_are_resolved(read: Read, written: str, value: object) -> None:
    template = read(PARAMS % f'"{written}"', PORT="8080")
    assert template.value("value") == value


def test_params_of_the_stage_win_over_the_default(read: Read) -> None:
    template = read(PARAMS % "${self:custom.chosen}", stage="prod")
    assert template.value("value") == "big"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("${env:MISSING}", "nothing found for ${env:MISSING}"),
        ("${param:missing}", "nothing found for ${param:missing}"),
        ("${ssm:/secret}", "cannot resolve ${ssm:/secret}"),
        ("${self:value}", "refers to itself"),
        ("a list: ${param:names}", "is not a text"),
        ("nothing: ${env:MISSING, null}", "is not a text"),
    ],
)
def test_variables_that_cannot_be_resolved_are_named(read: Read, written: str, message: str) -> None:
    template = read(PARAMS % f'"{written}"')
    with pytest.raises(TemplateInvalid) as error:
        template.value("value")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref HttpApi", "HttpApi"),
        ("!Sub '${AWS::StackName}.${AWS::URLSuffix}'", "shop-local.amazonaws.com"),
        ("!Sub ['${a}-${AWS::Partition}', {a: 1}]", "1-aws"),
        ("!GetAtt Login.Arn", "arn:aws:local:us-east-1:000000000000:Login"),
        ("!GetAtt [Login, Arn]", "arn:aws:local:us-east-1:000000000000:Login"),
        ("!Sub '${Login.Arn}'", "arn:aws:local:us-east-1:000000000000:Login"),
        ("!Join [',', [a, !Ref AWS::Partition]]", "a,aws"),
        ("!Join [',', '${param:names}']", "a,b"),
        ("{'Fn::Join': ['', ['${param:url}', /jwks]]}", "https://example.com/jwks"),
    ],
)
def test_cloudformation_functions_are_carried_out(read: Read, written: str, value: object) -> None:
    assert read(PARAMS % written).value("value") == value


def test_an_unknown_function_is_an_error_only_where_it_is_asked_for(read: Read) -> None:
    template = read("""
        a: !Cidr [1, 2]
        b: fine
    """)
    assert template.value("b") == "fine"
    with pytest.raises(TemplateInvalid, match="does not know Fn::Cidr"):
        template.value("a")


def test_a_value_that_is_not_there_is_its_default(read: Read) -> None:
    template = read("a: {b: 0}")
    assert template.value("a.b", 1) == 0
    assert template.value("a.c", 1) == 1
    assert template.value("x.y") is None


@pytest.mark.parametrize(("text", "message"), [("a: [", "not valid YAML"), ("- a", "not a YAML mapping")])
def test_a_file_that_is_no_template_is_refused(read: Read, text: str, message: str) -> None:
    with pytest.raises(TemplateInvalid, match=message):
        read(text).value("a")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateInvalid, match=r"absent\.yml does not exist"):
        Template(tmp_path / "absent.yml", stage="local", environ={}).value("a")
