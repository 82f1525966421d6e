"""infra.local.cors: what browsers of other origins are allowed."""

from infra.local.cors import Cors
from infra.local.messages import Request, Response

APP = "https://app.example.com"
CORS = Cors(
    allowed_origins=[APP],
    allowed_methods=["GET", "POST"],
    allowed_headers=["content-type"],
    exposed_headers=["Link", "Retry-After"],
    max_age_s=600,
    allow_credentials=True,
)


def from_origin(origin: str | None, method: str = "GET") -> Request:
    return Request(method, "/users", [] if origin is None else [("Origin", origin)])


def test_a_preflight_of_an_allowed_origin_is_told_what_it_may() -> None:
    response = CORS.preflight(from_origin(APP, "OPTIONS"))
    assert response.status == 204
    assert dict(response.headers) == {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
    }


def test_a_preflight_of_another_origin_gets_no_permission() -> None:
    for origin in ("https://evil.example", "https://app.example.com.evil.example", "null", None):
        response = CORS.preflight(from_origin(origin, "OPTIONS"))
        assert (response.status, list(response.headers)) == (204, [])


def test_the_gateways_headers_replace_the_functions() -> None:
    sent = Response(
        200, [("Access-Control-Allow-Origin", "*"), ("x-a", "1"), ("access-control-max-age", "9")], b"b"
    )
    assert CORS.apply(from_origin(APP), sent) == Response(
        200,
        [
            ("x-a", "1"),
            ("access-control-allow-origin", APP),
            ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", "Link,Retry-After"),
        ],
        b"b",
    )
    assert CORS.apply(from_origin("https://evil.example"), sent).headers == [("x-a", "1")]


def test_a_star_allows_everybody_without_credentials() -> None:
    cors = Cors(allowed_origins=["*"], allowed_methods=["GET"])
    headers = cors.apply(from_origin("https://any.example"), Response(200)).headers
    assert headers == [("access-control-allow-origin", "*")]


def test_a_scheme_wildcard_allows_the_scheme() -> None:
    cors = Cors(allowed_origins=["https://*"], allowed_methods=["GET"])
    assert cors.apply(from_origin(APP), Response(200)).headers == [("access-control-allow-origin", APP)]
    assert cors.apply(from_origin("http://app.example.com"), Response(200)).headers == []
