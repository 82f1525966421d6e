"""infra/alarms.yml, infra/dashboard.yml and docs/operations.md: what would be deployed, and what is told of it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gatehouse.web.cloudwatch import METRICS, NAMESPACE, SERVICE
from infra.build_layers import ROOT
from tests.infra.test_package import (
    FUNCTIONS,
    Template,
    function,
    packaged,
    project,  # noqa: F401 (a fixture)
    resources,
)

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PREFIX = "gatehouse-prod-"
ALL_FUNCTIONS = {"service": SERVICE, "stage": "prod"}
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \|", re.MULTILINE)
OF_A_FUNCTION = re.compile(r"-(errors|throttles|duration)$")
SELF_STOPPING = {"cleanup", "webhooks"}
"""They use nearly all of their time where there is much to do."""

SAFE_IN_ACCESS_LOGS = {
    "$context.requestId",
    "$context.routeKey",
    "$context.status",
    "$context.responseLatency",
    "$context.integrationLatency",
    "$context.integration.status",
    "$context.responseLength",
    "$context.error.responseType",
}


@pytest.fixture(scope="module")
def template(project: Path) -> Template:  # noqa: F811 (the fixture)
    """Package for production, with somebody to tell."""
    return packaged(project, "prod", "alarmEmail=ops@example.com", "logRetentionInDays=30")


@pytest.fixture(scope="module")
def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Return the alarms by what their names end with."""
    found = resources(template, "AWS::CloudWatch::Alarm").values()
    assert all(alarm["AlarmName"].startswith(PREFIX) for alarm in found)
    return {alarm["AlarmName"].removeprefix(PREFIX): alarm for alarm in found}


@pytest.fixture(scope="module")
def widgets(template: Template) -> list[dict[str, Any]]:
    """Return the dashboard's widgets; every reference in them leads somewhere."""
    (dashboard,) = resources(template, "AWS::CloudWatch::Dashboard").values()
    assert dashboard["DashboardName"] == "gatehouse-prod"
    body = dashboard["DashboardBody"]["Fn::Sub"]
    references = set(re.findall(r"\$\{([^}]+)\}", body)) - {"AWS::Region", "AWS::Partition", "AWS::AccountId"}
    assert references <= template["Resources"].keys()
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


def dimensions(alarm: dict[str, Any]) -> dict[str, Any]:
    return {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}


def graphs(widgets: list[dict[str, Any]]) -> dict[str, list[list[Any]]]:
    """Return the metrics of each graph by its title."""
    return {
        widget["properties"]["title"]: widget["properties"]["metrics"]
        for widget in widgets
        if widget["type"] == "metric"
    }


def table(name: str) -> dict[str, str]:
    """Return the first two columns of a table of docs/operations.md."""
    return dict(ROW.findall(OPERATIONS.partition(f"<!-- {name} -->")[2].partition("\n\n")[0]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_has_its_alarms(
    template: Template, alarms: dict[str, dict[str, Any]], name: str
) -> None:
    lambda_function = {"FunctionName": {"Ref": f"{FUNCTIONS[name]}LambdaFunction"}}
    timeout_ms = function(template, name)["Timeout"] * 1_000
    share = 0.99 if name in SELF_STOPPING else 0.8
    expected = {
        "Errors": ("Sum", 1, 1),
        "Throttles": ("Sum", 1, 1),
        "Duration": ("Maximum", timeout_ms * share, timeout_ms * 0.999),
    }
    for metric, (statistic, least, most) in expected.items():
        alarm = alarms[f"{name.replace('_', '-')}-{metric.lower()}"]
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
        assert (dimensions(alarm), alarm["Statistic"]) == (lambda_function, statistic)
        assert least <= alarm["Threshold"] <= most
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_alarms_on_what_we_count_are_on_metrics_that_we_write(alarms: dict[str, dict[str, Any]]) -> None:
    ours = {name: alarm for name, alarm in alarms.items() if alarm["Namespace"] == NAMESPACE}
    assert {name: alarm["MetricName"] for name, alarm in ours.items()} == {
        "faults": "Faults",
        "database-unavailable": "DatabaseUnavailable",
        "thefts": "TheftsDetected",
        "letters-not-sent": "LettersNotSent",
        "providers-failed": "ProvidersFailed",
        "webhooks-given-up": "WebhooksGivenUp",
        "cleanup": "RunsSucceeded",
    }
    assert {alarm["MetricName"] for alarm in ours.values()} <= METRICS.keys()
    for name, alarm in ours.items():
        of = {"function": "cleanup"} if name == "cleanup" else {}
        assert dimensions(alarm) == ALL_FUNCTIONS | of
        assert alarm["Statistic"] == "Sum"


def test_a_cron_that_does_not_even_begin_is_noticed(alarms: dict[str, dict[str, Any]]) -> None:
    cleanup = alarms["cleanup"]
    assert cleanup["Period"] * cleanup["EvaluationPeriods"] == 3 * 3_600
    assert "DatapointsToAlarm" not in cleanup
    assert (cleanup["ComparisonOperator"], cleanup["Threshold"]) == ("LessThanThreshold", 1)
    assert cleanup["TreatMissingData"] == "breaching"
    others = [alarm for name, alarm in alarms.items() if name != "cleanup"]
    assert {alarm["TreatMissingData"] for alarm in others} == {"notBreaching"}


def test_answers_of_the_api_that_no_function_gave_are_noticed(alarms: dict[str, dict[str, Any]]) -> None:
    api = alarms["api-faults"]
    assert (api["Namespace"], api["MetricName"]) == ("AWS/ApiGateway", "5xx")
    assert dimensions(api) == {"ApiId": {"Ref": "HttpApi"}}


def test_all_alarms_are_told_to_one_topic(template: Template, alarms: dict[str, dict[str, Any]]) -> None:
    (topic,) = resources(template, "AWS::SNS::Topic").values()
    assert topic["TopicName"] == "gatehouse-prod-alarms"
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["AlarmDescription"].endswith(".")


def test_an_address_is_subscribed_where_there_is_one(template: Template) -> None:
    (subscription,) = resources(template, "AWS::SNS::Subscription").values()
    assert subscription == {
        "TopicArn": {"Ref": "AlarmTopic"},
        "Protocol": "email",
        "Endpoint": "ops@example.com",
    }


def test_the_dashboard_shows_what_is_counted(widgets: list[dict[str, Any]]) -> None:
    shown = graphs(widgets)
    for title, metrics in shown.items():
        for metric in metrics:
            expression = metric[0]["expression"] if isinstance(metric[0], dict) else ""
            if expression:
                (name,) = re.findall(r'MetricName="(\w+)"', expression)
                assert '{Gatehouse,service,stage,function} service="gatehouse" stage="prod"' in expression
                assert name in METRICS, title
            elif metric[0] == NAMESPACE:
                assert metric[1] in METRICS, title
                assert metric[2:6] == ["service", SERVICE, "stage", "prod"]
    assert shown.keys() == {
        "Traffic",
        "Faults",
        "Refusals",
        "Sign-ins and failures",
        "Latency p50 (ms)",
        "Latency p99 (ms)",
        "Database errors",
        "Round trips per request",
        "Cold starts",
        "Throttles",
        "Concurrency",
        "Errors of Lambda",
        "Crons",
    }


@pytest.mark.parametrize("title", ["Throttles", "Concurrency", "Errors of Lambda"])
def test_the_dashboard_shows_every_function(widgets: list[dict[str, Any]], title: str) -> None:
    shown = [metric[3] for metric in graphs(widgets)[title]]
    assert sorted(shown) == sorted(f"${{{name}LambdaFunction}}" for name in FUNCTIONS.values())


def test_the_dashboard_shows_alarms_that_exist_and_faults_of_all_functions(
    widgets: list[dict[str, Any]], alarms: dict[str, dict[str, Any]]
) -> None:
    (shown,) = [widget for widget in widgets if widget["type"] == "alarm"]
    names = [arn.partition(":alarm:")[2].removeprefix(PREFIX) for arn in shown["properties"]["alarms"]]
    assert set(names) == {name for name in alarms if not OF_A_FUNCTION.search(name)}
    (log,) = [widget for widget in widgets if widget["type"] == "log"]
    groups = re.findall(r"SOURCE '\$\{(\w+)LogGroup\}'", log["properties"]["query"])
    assert sorted(groups) == sorted(set(FUNCTIONS.values()) - {FUNCTIONS["authorizer"]})


def test_widgets_do_not_cover_each_other(widgets: list[dict[str, Any]]) -> None:
    covered: set[tuple[int, int]] = set()
    for widget in widgets:
        columns = range(widget["x"], widget["x"] + widget["width"])
        cells = {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
        assert covered.isdisjoint(cells)
        assert max(columns) < 24
        covered |= cells


def test_access_logs_hold_no_addresses_and_end(template: Template) -> None:
    (stage,) = resources(template, "AWS::ApiGatewayV2::Stage").values()
    written = json.loads(stage["AccessLogSettings"]["Format"])
    assert set(written.values()) <= SAFE_IN_ACCESS_LOGS
    assert written["requestId"] == "$context.requestId"
    groups = resources(template, "AWS::Logs::LogGroup").values()
    assert {group["RetentionInDays"] for group in groups} == {30}
    assert "/aws/http-api/gatehouse-prod" in {group["LogGroupName"] for group in groups}
    assert "/aws/lambda/gatehouse-prod-login" in {group["LogGroupName"] for group in groups}


def test_every_alarm_is_explained(alarms: dict[str, dict[str, Any]]) -> None:
    kinds = {f"<function>-{name.rpartition('-')[2]}" for name in alarms if OF_A_FUNCTION.search(name)}
    assert f"There are {len(alarms)} alarms" in OPERATIONS
    assert table("alarms").keys() == kinds | {name for name in alarms if not OF_A_FUNCTION.search(name)}


def test_every_metric_is_explained() -> None:
    assert {name: told.strip() for name, told in table("metrics").items()} == METRICS
