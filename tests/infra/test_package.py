"""infra.package: what would be deployed, read from the packaged templates."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from gatehouse import core_config
from gatehouse.config import declared_settings
from gatehouse.frontend_settings import FrontendSettings
from gatehouse.setting_values import declared
from infra.build_functions import build_functions
from infra.build_layers import PLATFORMS, ROOT
from infra.package import empty_account, package

SERVERLESS = ROOT / "node_modules" / ".bin" / "serverless"
FUNCTIONS = {
    "login": "Login",
    "invite": "Invite",
    "authenticate_magic_link": "AuthenticateUnderscoremagicUnderscorelink",
    "session": "Session",
    "logout": "Logout",
    "users": "Users",
    "audit": "Audit",
    "pages": "Pages",
    "fdi": "Fdi",
    "cdi": "Cdi",
    "cleanup": "Cleanup",
    "webhooks": "Webhooks",
    "authorizer": "Authorizer",
}
HANDLERS = {name: f"functions/{name}.handler" for name in FUNCTIONS} | {
    "cdi": "functions/cdi/handler.handler",
    "fdi": "functions/fdi/handler.handler",
}
CORE_SETTINGS = set(core_config.environment_names()) - {
    "ACCESS_TOKEN_BLACKLISTING",  # changes nothing
    "ACCESS_TOKEN_SIGNING_KEY_DYNAMIC",
    "DISABLE_TELEMETRY",
    "ACCESS_TOKEN_SIGNING_KEY_UPDATE_INTERVAL",  # another name for one of the others
    "BASE_PATH",  # the API's is /core
    "API_KEYS",  # have a param of their own
    "PASSWORDLESS_CODE_LIFETIME",
}
FRONTEND_SETTINGS = {item.metadata["name"] for item in declared(FrontendSettings)}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f0e0d0c-0b0a-0908-0706-050403020100"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
SECURITY_GROUPS = ["sg-0123456789abcdef0"]
ORIGINS = [f"https://{name}.customer-portal.example.com" for name in ("www", "app", "admin", "staging")]
EVERY_OPTION: dict[str, Any] = {
    "domain": "route53",
    "domainName": "auth.example.com",
    "domainCertificateArn": CERTIFICATE,
    "domainHostedZoneId": "Z0123456789ABCDEFGHIJ",
    "network": "vpc",
    "vpcSubnetIds": SUBNETS,
    "vpcSecurityGroupIds": SECURITY_GROUPS,
    "reservedConcurrency": {"login": 5, "cleanup": 1},
    "snapStart": True,
    "secretsMaxAgeSeconds": 60,
    "identityProvider": "stytch",
    "stytchProjectId": "project-live-01234567-89ab-cdef-0123-456789abcdef",
    "stytchSecret": "secretsmanager:/gatehouse/prod/stytch#secret",
    "websiteUrl": "https://www.customer-portal.example.com",
    "allowedOrigins": ORIGINS,
    "adminEmails": ", ".join(f"first.last{number}@customer-portal.example.com" for number in range(3)),
    "emailFrom": "The Customer Portal of Example Incorporated <no-reply@mail.customer-portal.example.com>",
    "emailIdentity": "mail.customer-portal.example.com",
    "sesConfigurationSet": "customer-portal-letters",
    "smtpUrl": "secretsmanager:/gatehouse/prod/smtp#url",
    "webhookUrls": ", ".join(f"{origin}/api/webhooks/gatehouse user.* session.*" for origin in ORIGINS[:2]),
    "webhookSecrets": "ssm:/gatehouse/prod/webhook-secrets",
    "appName": "The Customer Portal of Example Incorporated",
    "alarmEmail": "on-call@customer-portal.example.com",
    "coreSettings": {
        **{name: f"its {name}" for name in CORE_SETTINGS},
        "FIREBASE_PASSWORD_HASHING_SIGNER_KEY": "ssm:/gatehouse/prod/firebase-signer-key",
        "IP_ALLOW_REGEX": r"10\.\d+\.\d+\.\d+|203\.0\.113\.\d+|2001:db8:.*|198\.51\.100\.(1|2|3)\d?",
    },
    "frontendSettings": {
        **{name: f"its {name}" for name in FRONTEND_SETTINGS},
        "FIRST_FACTORS": "emailpassword,thirdparty,otp-email,otp-phone,link-email,link-phone",
        "THIRD_PARTY_PROVIDERS": "secretsmanager:/gatehouse/prod/third-party-providers",
    },
}
"""The params of production, so that all options are packaged together."""

LETTERS, SECRETS = "ses:SendEmail", {"ssm:GetParameters", "secretsmanager:GetSecretValue"}
WIDE = {
    # Whatever begins with what is ours.
    ("ssm:GetParameters", "arn::ssm:::parameter/gatehouse//*"),
    ("secretsmanager:GetSecretValue", "arn::secretsmanager:::secret:/gatehouse//*"),
    # Telephone numbers have no names; topics are taken out by a test of its own.
    ("sns:Publish", "*"),
    # Only in a network of one's own, for Lambda itself: EC2 describes everything or nothing ...
    ("ec2:DescribeNetworkInterfaces", "*"),
    ("ec2:DescribeSubnets", "*"),
    # ... and the interfaces that Lambda will make have no names yet.
    ("ec2:AssignPrivateIpAddresses", "arn::ec2:::*/*"),
    ("ec2:CreateNetworkInterface", "arn::ec2:::*/*"),
    ("ec2:DeleteNetworkInterface", "arn::ec2:::*/*"),
    ("ec2:UnassignPrivateIpAddresses", "arn::ec2:::*/*"),
}
"""Every right that names no single resource, and why."""

NETWORK_ONLY = {(action, resource) for action, resource in WIDE if action.startswith("ec2:")}
DOCUMENTS = [ROOT / "README.md", ROOT / "serverless.yml", *sorted((ROOT / "docs").rglob("*.md"))]
# A reference as a setting has it, without its #key; an IAM action, such as ssm:GetParameters, is none.
EXAMPLE = re.compile(r"\b(?P<service>ssm|secretsmanager):(?!Get)(?P<name>[^\s`#,;|)]+)")

Template = dict[str, Any]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what is packaged, with layers that hold one file each: what is in them has tests of its own.

    Production has every option.
    """
    assert SERVERLESS.exists(), "the Serverless command line is missing: run `make setup`, or `npm ci`"
    folder = tmp_path_factory.mktemp("project")
    without_bytecode = shutil.ignore_patterns("__pycache__")
    for name in ("functions", "web"):
        shutil.copytree(ROOT / name, folder / name, ignore=without_bytecode)
    parts = [str(path.relative_to(ROOT)) for path in (ROOT / "infra").glob("*.yml")]
    for name in ("package.json", "infra/plugins/layers.js", *parts):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    stale = folder / "functions" / "cdi" / "__pycache__" / "handler.cpython-39.pyc"
    stale.parent.mkdir()
    stale.touch()
    text = (ROOT / "serverless.yml").read_text(encoding="utf-8")
    options = "".join(f"    {name}: {json.dumps(value)}\n" for name, value in EVERY_OPTION.items())
    changed, number = re.subn(
        r"(?m)^    allowedOrigins: \[https://www.example.com\]\n", lambda _: options, text, count=1
    )
    assert number == 1
    (folder / "serverless.yml").write_text(changed, encoding="utf-8")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for arch, layer in product(PLATFORMS, ("shared", "dependencies", "stytch")):
        module = folder / ".build" / "layers" / arch / layer / "python" / f"{layer}_module.py"
        module.parent.mkdir(parents=True)
        module.touch()
    build_functions(folder)
    return folder


def packaged(project: Path, stage: str, *parameters: str) -> Template:
    """Package and return the template that a deployment would bring about."""
    with empty_account() as environment:
        assert package(project, stage=stage, parameters=parameters, environment=environment) == 0
    path = project / ".serverless" / "cloudformation-template-update-stack.json"
    template: Template = json.loads(path.read_text(encoding="utf-8"))
    return template


@pytest.fixture(scope="module")
def template(project: Path) -> Template:
    """Package for stage dev, with the settings that serverless.yml has."""
    return packaged(project, "dev")


@pytest.fixture(scope="module")
def zips(project: Path, template: Template) -> dict[str, list[str]]:
    """Return the names in each zip that would be uploaded."""
    archives = {path.stem: zipfile.ZipFile(path) for path in (project / ".serverless").glob("*.zip")}
    names = {name: archive.namelist() for name, archive in archives.items()}
    for archive in archives.values():
        archive.close()
    return names


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def function(template: Template, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = template["Resources"][f"{FUNCTIONS[name]}LambdaFunction"]["Properties"]
    return properties


def statements(template: Template, role: str) -> list[dict[str, Any]]:
    """Return what a function's role allows, in its own policies and in those attached to it."""
    properties = template["Resources"][role]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties["Policies"]]
    for reference in properties.get("ManagedPolicyArns", []):
        documents.append(template["Resources"][reference["Ref"]]["Properties"]["PolicyDocument"])
    return [statement for document in documents for statement in document["Statement"]]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def actions(template: Template, name: str) -> set[str]:
    role = function(template, name)["Role"]["Fn::GetAtt"][0]
    return {action for statement in statements(template, role) for action in listed(statement["Action"])}


def lint(project: Path, *names: str) -> tuple[int, str]:
    """Return cfn-lint's status and findings for some of the packaged templates."""
    templates = [f".serverless/cloudformation-template-{name}-stack.json" for name in names]
    # W3005: the command line itself writes some dependencies that CloudFormation would see anyway.
    options = ["-r", "us-east-1", "--ignore-checks", "W3005", "-t", *templates]
    command = [str(Path(sys.executable).parent / "cfn-lint"), *options]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def test_every_function_is_deployed_on_arm_with_python_3_13(template: Template) -> None:
    functions = resources(template, "AWS::Lambda::Function")
    assert functions.keys() == {f"{name}LambdaFunction" for name in FUNCTIONS.values()}
    assert {(item["Runtime"], *item["Architectures"]) for item in functions.values()} == {
        ("python3.13", "arm64")
    }
    assert {name: function(template, name)["Handler"] for name in FUNCTIONS} == HANDLERS
    assert "AWS::Lambda::Version" not in {item["Type"] for item in template["Resources"].values()}


def test_function_zips_hold_the_function_only(project: Path, zips: dict[str, list[str]]) -> None:
    sources = {name: [file for file in zips[name] if "__pycache__" not in file] for name in FUNCTIONS}
    pages = sources["pages"]
    several = {"pages", "cdi", "fdi"}
    assert {name: sources[name] for name in FUNCTIONS.keys() - several} == {
        name: [f"functions/{name}.py"] for name in FUNCTIONS.keys() - several
    }
    for name in ("cdi", "fdi"):
        modules = {str(path.relative_to(project)) for path in (project / "functions" / name).rglob("*.py")}
        assert f"functions/{name}/handler.py" in modules
        assert set(sources[name]) == modules
    assert "functions/pages.py" in pages
    assert "web/index.html" in pages
    assert all(name == "functions/pages.py" or name.startswith("web/") for name in pages)
    for layer in ("shared", "dependencies", "stytch"):
        assert zips[layer] == [f"python/{layer}_module.py"]


def test_functions_bring_the_bytecode_of_lambdas_python(zips: dict[str, list[str]]) -> None:
    for name in FUNCTIONS:
        modules = [file for file in zips[name] if file.endswith(".py")]
        bytecode = [file for file in zips[name] if file.endswith(".cpython-313.pyc")]
        assert len(bytecode) == len(modules), name
        assert len(zips[name]) == len(set(zips[name]))


def test_function_zips_are_the_same_each_time(project: Path, zips: dict[str, list[str]]) -> None:
    before = {path.name: path.read_bytes() for path in (project / ".build" / "functions").iterdir()}
    (project / "functions" / "login.py").touch()
    after = {path.name: path.read_bytes() for path in build_functions(project).iterdir()}
    assert after == before
    assert before.keys() == {f"{name}.zip" for name in FUNCTIONS}


def test_the_core_starts_from_its_zip_as_lambda_starts_it(
    project: Path, zips: dict[str, list[str]], tmp_path: Path
) -> None:
    with zipfile.ZipFile(project / ".serverless" / "cdi.zip") as archive:
        archive.extractall(tmp_path)
    program = (
        "from importlib import import_module; core = import_module('functions/cdi/handler'.replace('/', '.')); "
        "print(callable(core.handler), core.__file__)"
    )
    path = f"{tmp_path}:{ROOT / 'layers' / 'shared' / 'python'}"
    started = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (started.stdout.strip(), started.stderr) == (f"True {tmp_path}/functions/cdi/handler.py", "")


def test_each_function_has_a_role_of_its_own(template: Template) -> None:
    roles = [function(template, name)["Role"]["Fn::GetAtt"][0] for name in FUNCTIONS]
    assert sorted(roles) == sorted(resources(template, "AWS::IAM::Role"))


@pytest.mark.parametrize("stage", ["template", "production"])
def test_every_role_names_its_resources(stage: str, request: pytest.FixtureRequest) -> None:
    made: Template = request.getfixturevalue(stage)
    wide: set[tuple[str, str]] = set()
    for role in resources(made, "AWS::IAM::Role"):
        for statement in statements(made, role):
            if statement["Effect"] == "Deny":
                continue
            assert not [action for action in listed(statement["Action"]) if "*" in action]
            assert statement.keys() - {"Resource", "NotResource"} == {"Effect", "Action"}
            wide |= {
                (action, resource)
                for resource in map(named, listed(statement.get("Resource") or "*"))
                for action in listed(statement["Action"])
                if "*" in resource
            }
    assert wide == WIDE - (set() if stage == "production" else NETWORK_ONLY), "each star has its reason"


def named(resource: Any) -> str:
    """Return how a statement names a resource, without account and region, whatever the stage."""
    name = resource if isinstance(resource, str) else resource.get("Fn::Sub") or resource["Fn::GetAtt"][0]
    return re.sub(r"\$\{AWS::\w+\}|(?<=/gatehouse/)(dev|prod)(?=/)", "", str(name))


def test_roles_are_for_lambda_and_no_right_comes_from_elsewhere(production: Template) -> None:
    for role in resources(production, "AWS::IAM::Role").values():
        (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trusted["Principal"] == {"Service": "lambda.amazonaws.com"}
    kinds = {item["Type"] for item in production["Resources"].values()}
    assert {kind for kind in kinds if kind.startswith("AWS::IAM::")} == {
        "AWS::IAM::Role",
        "AWS::IAM::ManagedPolicy",
    }
    for permission in resources(production, "AWS::Lambda::Permission").values():
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["Principal"] in {"apigateway.amazonaws.com", "events.amazonaws.com"}
        assert permission["SourceArn"], "of this API, or of this schedule"


def test_code_of_functions_cannot_use_the_rights_that_connect_them_to_a_network(production: Template) -> None:
    allowed, denied = (
        {
            action
            for statement in statements(production, "LoginRole")
            if statement["Effect"] == effect
            for action in listed(statement["Action"])
            if action.startswith("ec2:")
        }
        for effect in ("Allow", "Deny")
    )
    assert allowed == denied
    conditions = [item["Condition"] for item in statements(production, "LoginRole") if "Condition" in item]
    functions = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:gatehouse-prod-*"
    assert conditions == [{"ArnLike": {"lambda:SourceFunctionArn": {"Fn::Sub": functions}}}] * 2


def test_each_function_may_do_what_it_needs_and_nothing_else(template: Template) -> None:
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    needs = dict.fromkeys(FUNCTIONS, logs | SECRETS)
    needs |= dict.fromkeys(("login", "invite"), logs | SECRETS | {LETTERS})
    needs["fdi"] = logs | SECRETS | {LETTERS, "sns:Publish"}
    needs |= dict.fromkeys(("pages", "authorizer"), logs)
    assert {name: actions(template, name) for name in FUNCTIONS} == needs


def test_nothing_of_a_laptop_is_deployed(zips: dict[str, list[str]]) -> None:
    packed = {name for names in zips.values() for name in names}
    layer = {
        str(path.relative_to(ROOT)) for path in (ROOT / "layers" / "shared").rglob("*") if path.is_file()
    }
    laptop = re.compile(r"(^|/)infra/|/local/|mailbox|dev_pages|(^|/)tests?/")
    assert [name for name in packed | layer if laptop.search(name)] == []


def test_roles_may_write_to_their_own_log_only(template: Template) -> None:
    for name, title in FUNCTIONS.items():
        role = function(template, name)["Role"]["Fn::GetAtt"][0]
        (logging,) = [item for item in statements(template, role) if "logs:PutLogEvents" in item["Action"]]
        assert logging["Resource"] == {"Fn::GetAtt": [f"{title}LogGroup", "Arn"]}


def test_text_messages_go_only_to_numbers(template: Template) -> None:
    (sending,) = [item for item in statements(template, "FdiRole") if item["Action"] == "sns:Publish"]
    assert sending == {
        "Effect": "Allow",
        "Action": "sns:Publish",
        "NotResource": {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"},
    }


def test_secrets_are_references_to_paths_that_the_roles_may_read(template: Template) -> None:
    settings = function(template, "login")["Environment"]["Variables"]
    assert settings["DATABASE_URL"] == "ssm:/gatehouse/dev/database-url"
    readable = template["Resources"]["SecretsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert [item["Resource"]["Fn::Sub"].rpartition("}:")[2] for item in readable] == [
        "parameter/gatehouse/dev/*",
        "secret:/gatehouse/dev/*",
    ]


def test_every_reference_that_the_documents_show_may_be_read(template: Template) -> None:
    allowed = [
        (statement["Action"].partition(":")[0], statement["Resource"]["Fn::Sub"].rpartition("}:")[2])
        for statement in statements(template, "LoginRole")
        if SECRETS.issuperset(listed(statement["Action"]))
    ]
    shown = {path: list(EXAMPLE.finditer(path.read_text(encoding="utf-8"))) for path in DOCUMENTS}
    assert {example["service"] for examples in shown.values() for example in examples} == {
        service for service, _ in allowed
    }
    for path, examples in shown.items():
        for example in examples:
            # What a role may read depends on the stage; this template is that of dev.
            name = re.sub(r"^/gatehouse/(prod|<stage>|\$\{sls:stage\})/", "/gatehouse/dev/", example["name"])
            resource = f"parameter{name}" if example["service"] == "ssm" else f"secret:{name}-a1B2c3"
            is_allowed = any(
                service == example["service"] and fnmatchcase(resource, pattern)
                for service, pattern in allowed
            )
            assert is_allowed, f"{path.name}: {example[0]}"


def test_the_core_answers_at_its_routes_only_to_callers_with_a_key(template: Template) -> None:
    routes = resources(template, "AWS::ApiGatewayV2::Route").values()
    targets = {route["RouteKey"]: json.dumps(route["Target"]) for route in routes}
    assert {key for key, target in targets.items() if "HttpApiIntegrationCdi" in target} == {
        "ANY /core",
        "ANY /core/{proxy+}",
    }
    core = function(template, "cdi")
    assert core["Environment"]["Variables"]["API_KEYS"] == "ssm:/gatehouse/dev/core-api-keys"
    assert (core["MemorySize"], core["Timeout"]) == (1769, 29)
    for name in FUNCTIONS.keys() - {"cdi"}:
        assert "API_KEYS" not in function(template, name)["Environment"]["Variables"]


def test_urls_are_those_of_the_api(template: Template) -> None:
    address = {"Fn::Sub": "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    settings = function(template, "authorizer")["Environment"]["Variables"]
    assert settings["API_URL"] == settings["WEBSITE_URL"] == address
    assert settings["AUTHORIZER_JWKS_URL"] == {"Fn::Join": ["", [address, "/.well-known/jwks.json"]]}
    assert settings["AUTHORIZER_ISSUER"] == {"Fn::Join": ["", [address, "/auth"]]}


def test_browsers_of_named_origins_may_call_the_api(template: Template) -> None:
    cors = template["Resources"]["HttpApi"]["Properties"]["CorsConfiguration"]
    assert cors["AllowCredentials"] is True
    assert "*" not in [*cors["AllowOrigins"], *cors["AllowHeaders"], *cors["AllowMethods"]]
    assert {"authorization", "content-type", "rid", "st-auth-mode"} <= set(cors["AllowHeaders"])
    assert {"Link", "Location", "Retry-After", "front-token"} <= set(cors["ExposeHeaders"])
    settings = function(template, "login")["Environment"]["Variables"]
    assert settings["ALLOWED_ORIGINS"] == {"Fn::Join": [",", cors["AllowOrigins"]]}


def test_other_services_can_attach_the_authorizer(template: Template) -> None:
    (authorizer,) = resources(template, "AWS::ApiGatewayV2::Authorizer").values()
    assert authorizer["EnableSimpleResponses"] is True
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    exported = template["Outputs"]["AuthorizerFunctionArn"]
    assert exported["Value"] == {"Fn::GetAtt": ["AuthorizerLambdaFunction", "Arn"]}
    assert exported["Export"] == {"Name": "gatehouse-dev-authorizer-function-arn"}
    assert function(template, "authorizer")["Layers"] == []


def test_nobody_is_told_of_alarms_until_somebody_is_named(template: Template) -> None:
    assert resources(template, "AWS::SNS::Subscription") == {}


def test_logs_end_and_the_bucket_is_private(template: Template) -> None:
    assert {item["RetentionInDays"] for item in resources(template, "AWS::Logs::LogGroup").values()} == {14}
    (bucket,) = resources(template, "AWS::S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    rules = resources(template, "AWS::Events::Rule").values()
    assert {rule["ScheduleExpression"] for rule in rules} == {"rate(1 hour)", "rate(1 minute)"}


def test_cfn_lint_finds_nothing(project: Path, template: Template) -> None:
    assert lint(project, "create", "update") == (0, "")


@pytest.fixture(scope="module")
def production(project: Path, zips: dict[str, list[str]]) -> Template:
    """Package for production, which has every option, after what was packaged for dev has been looked at."""
    return packaged(project, "prod", "arch=x86_64")


def test_every_option_passes_cfn_lint(project: Path, production: Template) -> None:
    assert lint(project, "update") == (0, "")


def test_options_reach_the_functions(production: Template) -> None:
    login = function(production, "login")
    settings = login["Environment"]["Variables"]
    assert login["Architectures"] == ["x86_64"]
    assert {"Ref": "StytchLambdaLayer"} in login["Layers"]
    assert settings["GATEHOUSE_STAGE"] == "prod"
    assert settings["STYTCH_SECRET"] == EVERY_OPTION["stytchSecret"]
    assert settings["STYTCH_PROJECT_ENV"] == "live"
    assert settings["SECRETS_MAX_AGE_SECONDS"] == "60"
    issuer = function(production, "authorizer")["Environment"]["Variables"]["AUTHORIZER_ISSUER"]
    assert issuer == f"stytch.com/{EVERY_OPTION['stytchProjectId']}"
    core = function(production, "cdi")["Environment"]["Variables"]
    assert EVERY_OPTION["coreSettings"].items() <= core.items()
    assert core["API_KEYS"] == "ssm:/gatehouse/prod/core-api-keys"
    frontend = function(production, "fdi")["Environment"]["Variables"]
    assert EVERY_OPTION["frontendSettings"].items() <= frontend.items()
    assert settings["REFRESH_TOKEN_VALIDITY"] == "its REFRESH_TOKEN_VALIDITY"
    allowed = statements(production, "LoginRole")
    assert any("configuration-set/customer-portal-letters" in json.dumps(item) for item in allowed)
    groups = resources(production, "AWS::Logs::LogGroup").values()
    assert {item["RetentionInDays"] for item in groups} == {90}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_option_at_once_fits_into_the_environment(production: Template, name: str) -> None:
    """Lambda takes 4 KB of variables, names and values together."""
    variables = function(production, name)["Environment"]["Variables"]
    size = sum(len(variable) + len(filled_in(value)) for variable, value in variables.items())
    assert size <= 4096, f"{name} would be sent {size} bytes"


def filled_in(value: Any) -> str:
    """Return a value with CloudFormation's functions carried out."""
    if isinstance(value, dict):
        separator, parts = value["Fn::Join"]
        joined: str = separator.join(parts)
        return joined
    return str(value)


def test_a_domain_takes_the_place_of_the_address_of_aws(template: Template, production: Template) -> None:
    (domain,) = resources(production, "AWS::ApiGatewayV2::DomainName").values()
    assert domain["DomainName"] == "auth.example.com"
    assert domain["DomainNameConfigurations"] == [
        {"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
    ]
    (mapping,) = resources(production, "AWS::ApiGatewayV2::ApiMapping").values()
    assert mapping == {"ApiId": {"Ref": "HttpApi"}, "DomainName": {"Ref": "ApiDomain"}, "Stage": "$default"}
    (record,) = resources(production, "AWS::Route53::RecordSet").values()
    assert (record["HostedZoneId"], record["Name"], record["Type"]) == (
        EVERY_OPTION["domainHostedZoneId"],
        "auth.example.com",
        "A",
    )
    assert record["AliasTarget"]["DNSName"] == {"Fn::GetAtt": ["ApiDomain", "RegionalDomainName"]}
    settings = function(production, "login")["Environment"]["Variables"]
    assert settings["API_URL"] == production["Outputs"]["ApiUrl"]["Value"] == "https://auth.example.com"
    api = {
        name: made["Resources"]["HttpApi"]["Properties"]
        for name, made in (("dev", template), ("prod", production))
    }
    assert [api[stage]["DisableExecuteApiEndpoint"] for stage in api] == [False, True]
    assert not resources(template, "AWS::ApiGatewayV2::DomainName")


def test_in_a_network_only_what_uses_the_database_is_connected(
    template: Template, production: Template
) -> None:
    connected = {"SubnetIds": SUBNETS, "SecurityGroupIds": SECURITY_GROUPS}
    found = {name: function(production, name).get("VpcConfig") for name in FUNCTIONS}
    assert found == dict.fromkeys(FUNCTIONS, connected) | {"pages": None, "authorizer": None}
    for name in FUNCTIONS:
        assert "VpcConfig" not in function(template, name)
        may_connect = "ec2:CreateNetworkInterface" in actions(production, name)
        assert may_connect is (found[name] is not None), "without the right, a deployment fails"


def test_concurrency_is_reserved_for_the_functions_that_are_named(
    template: Template, production: Template
) -> None:
    reserved = {name: function(production, name).get("ReservedConcurrentExecutions") for name in FUNCTIONS}
    assert {name: number for name, number in reserved.items() if number} == {"login": 5, "cleanup": 1}
    assert not any("ReservedConcurrentExecutions" in function(template, name) for name in FUNCTIONS)


def test_functions_that_people_wait_for_start_from_snapshots(
    template: Template, production: Template
) -> None:
    waited_for = FUNCTIONS.keys() - {"cleanup", "webhooks", "authorizer"}
    with_snapshots = {name for name in FUNCTIONS if "SnapStart" in function(production, name)}
    assert with_snapshots == waited_for
    aliases = resources(production, "AWS::Lambda::Alias").values()
    assert len(aliases) == len(waited_for), "which is what the API calls"
    versions = [item for item in production["Resources"].values() if item["Type"] == "AWS::Lambda::Version"]
    assert len(versions) == len(waited_for)
    assert not any(version.get("DeletionPolicy") == "Retain" for version in versions), "old ones cost, too"
    assert not any("SnapStart" in function(template, name) for name in FUNCTIONS)


def test_packaging_asks_nobody_but_this_machine() -> None:
    with empty_account() as environment:
        aws = {name: value for name, value in environment.items() if name.startswith("AWS_")}
        assert aws.pop("AWS_ENDPOINT_URL").startswith("http://127.0.0.1:")
    assert aws == {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}


def test_only_the_function_that_sends_webhooks_knows_what_signs_them(template: Template) -> None:
    knowing = {
        name
        for name in FUNCTIONS
        if "WEBHOOK_SECRETS" in function(template, name)["Environment"]["Variables"]
    }
    assert knowing == {"webhooks"}


def test_settings_of_all_stages_are_those_that_the_functions_know(template: Template) -> None:
    known = {item.metadata["name"] for item in declared_settings()} | {"DATABASE_URL"}
    given = set(function(template, "webhooks")["Environment"]["Variables"])
    assert given == known - FRONTEND_SETTINGS - {"MAILBOX_FILE", "GATEHOUSE_TEST_MODE"}, (
        "those two are for laptops only"
    )
