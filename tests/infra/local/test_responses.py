"""infra.local.responses: what functions return, as HTTP."""

from typing import Any

import pytest

from infra.local.responses import ResultInvalid, http_response


def test_a_complete_result_is_rendered() -> None:
    response = http_response(
        {
            "statusCode": 303,
            "headers": {"Location": "/profile", "X-Count": 2, "content-type": "text/html"},
            "cookies": ["a=1; HttpOnly", "b=2"],
            "body": "<p>ü",
            "isBase64Encoded": False,
        }
    )
    assert response.status == 303
    assert response.headers == [
        ("location", "/profile"),
        ("x-count", "2"),
        ("content-type", "text/html"),
        ("set-cookie", "a=1; HttpOnly"),
        ("set-cookie", "b=2"),
    ]
    assert response.body == "<p>ü".encode()


def test_a_base64_body_is_decoded() -> None:
    response = http_response({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True})
    assert response.body == b"\x00\xff"
    assert response.headers == [("content-type", "text/plain; charset=utf-8")]


def test_headers_of_the_connection_are_the_gateways() -> None:
    headers = {"Content-Length": "999", "Connection": "close", "content-type": "a/b"}
    assert http_response({"statusCode": "204", "headers": headers}).headers == [("content-type", "a/b")]


@pytest.mark.parametrize(
    ("result", "body"),
    [({"ok": True}, b'{"ok":true}'), ([1, "ü"], '[1,"ü"]'.encode()), ("hi", b"hi"), (None, b"null")],
)
def test_anything_else_is_the_body_of_a_200(result: Any, body: bytes) -> None:
    response = http_response(result)
    assert (response.status, response.body) == (200, body)
    assert response.headers == [("content-type", "application/json")]


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": None},
        {"statusCode": 1000},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"x-a": "one\r\nx-b: two"}},
        {"statusCode": 200, "headers": {"x-a": "\u20ac"}},
        {"statusCode": 200, "cookies": ["a=1\n"]},
        {"statusCode": 200, "body": "***", "isBase64Encoded": True},
    ],
)
def test_a_malformed_result_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(ResultInvalid):
        http_response(result)
