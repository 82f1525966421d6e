"""infra.local.events: the payloads that functions get."""

from base64 import b64encode

import pytest

from infra.local.events import Moment, authorizer_event, decoded_path, http_event
from infra.local.messages import Request
from infra.local.routing import Match, Route

MOMENT = Moment("0a1b2c3d-0000-4000-8000-123456789abc", 1_795_234_222.507)
USERS = Match(Route("PATCH /users/{id}", "users"), {"id": "jörg x"})


def test_a_request_becomes_an_event_of_payload_format_2() -> None:
    request = Request(
        method="PATCH",
        target="/users/j%C3%B6rg%20x?tag=a&tag=b%20c&empty=&plus=1+1",
        headers=[
            ("Host", "127.0.0.1:3000"),
            ("User-Agent", "test/1"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("Accept", "text/html"),
            ("accept", "application/json"),
            ("Cookie", "a=1; b=2"),
            ("Cookie", "c=3"),
            ("X-Forwarded-For", "203.0.113.7"),
        ],
        body='{"name":"Jörg"}'.encode(),
        source_ip="192.0.2.1",
    )
    assert http_event(request, USERS, MOMENT) == {
        "version": "2.0",
        "routeKey": "PATCH /users/{id}",
        "rawPath": "/users/jörg x",
        "rawQueryString": "tag=a&tag=b%20c&empty=&plus=1+1",
        "cookies": ["a=1", "b=2", "c=3"],
        "headers": {
            "host": "127.0.0.1:3000",
            "user-agent": "test/1",
            "content-type": "application/json; charset=utf-8",
            "accept": "text/html,application/json",
            "x-forwarded-for": "203.0.113.7, 192.0.2.1",
            "x-forwarded-port": "3000",
            "x-forwarded-proto": "http",
            "x-amzn-trace-id": "Root=1-6b0119ae-0a1b2c3d0000400080001234",
        },
        "queryStringParameters": {"tag": "a,b c", "empty": "", "plus": "1 1"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "127.0.0.1:3000",
            "domainPrefix": "127",
            "http": {
                "method": "PATCH",
                "path": "/users/jörg x",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test/1",
            },
            "requestId": "0a1b2c3d-0000-4000-8000-123456789abc",
            "routeKey": "PATCH /users/{id}",
            "stage": "$default",
            "time": "21/Nov/2026:04:10:22 +0000",
            "timeEpoch": 1795234222507,
        },
        "pathParameters": {"id": "jörg x"},
        "body": '{"name":"Jörg"}',
        "isBase64Encoded": False,
    }


def test_what_a_bare_request_has_not_is_missing() -> None:
    event = http_event(Request("GET", "/"), Match(Route("GET /", "pages")), MOMENT)
    absent = {"cookies", "queryStringParameters", "pathParameters", "body", "stageVariables"}
    assert not absent & event.keys()
    assert event["rawQueryString"] == ""
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("content_type", "body", "is_text"),
    [
        ("application/json", b"{}", True),
        ("Text/Plain", b"hi", True),
        ("application/xml", b"<a/>", True),
        ("application/javascript", b"1", True),
        ("application/x-www-form-urlencoded", b"token=1", False),
        ("application/problem+json", b"{}", False),
        ("multipart/form-data; boundary=x", b"--x", False),
        ("application/octet-stream", b"\x00\xff", False),
        ("application/json", b"\xff\xfe", False),
        (None, b"hi", False),
    ],
)
def test_bodies_are_base64_unless_they_are_text(content_type: str | None, body: bytes, is_text: bool) -> None:
    headers = [("Content-Type", content_type)] if content_type else []
    event = http_event(Request("POST", "/login", headers, body), Match(Route("POST /login", "login")), MOMENT)
    assert event["isBase64Encoded"] is not is_text
    assert event["body"] == (body.decode() if is_text else b64encode(body).decode())


def test_a_path_is_decoded_once_and_cut_at_a_question_mark() -> None:
    assert decoded_path(Request("GET", "/a%252Fb/c%2Fd?x=%2F")) == "/a%2Fb/c/d"
    assert decoded_path(Request("GET", "/me%3Fadmin=true")) == "/me"


def test_an_authorizers_context_stands_in_the_request_context() -> None:
    event = http_event(Request("GET", "/"), Match(Route("GET /", "x")), MOMENT, authorizer={"user_id": "u1"})
    assert event["requestContext"]["authorizer"] == {"lambda": {"user_id": "u1"}}


def test_an_authorizer_is_asked_with_the_request_but_without_its_body() -> None:
    request = Request("PATCH", "/users/u1", [("Content-Type", "application/json")], b"{}")
    event = authorizer_event(request, USERS, MOMENT, ["Bearer x"], "eu-west-1")
    assert event["type"] == "REQUEST"
    assert event["version"] == "2.0"
    assert event["identitySource"] == ["Bearer x"]
    arn = "arn:aws:execute-api:eu-west-1:000000000000:local/$default/PATCH/users/u1"
    assert event["routeArn"] == arn
    assert "body" not in event
