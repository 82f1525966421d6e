"""Turns HTTP requests into the events that API Gateway hands to Lambda (payload format 2.0)."""

import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from infra.local.messages import Request
from infra.local.routing import Match
from infra.local.template import ACCOUNT_ID

Event = dict[str, Any]

API_ID = "local"
STAGE = "$default"
_TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}


@dataclass(frozen=True)
class Moment:
    """What makes one request different from all others: its id and when it came in."""

    request_id: str = field(default_factory=lambda: str(uuid4()))
    at_s: float = field(default_factory=time.time)


def decoded_path(request: Request) -> str:
    """Return the path as HTTP APIs route and pass it: percent-decoded once, and cut at a decoded question mark."""
    return unquote(request.raw_path).partition("?")[0]


def http_event(
    request: Request, match: Match, moment: Moment, *, authorizer: Mapping[str, Any] | None = None
) -> Event:
    """Return the event of a request that `match.route` takes; `authorizer` is the context of its Lambda authorizer.

    As in AWS, members that would be empty are missing, and header names are in lower case.
    """
    event = _common(request, match, moment)
    if authorizer is not None:
        event["requestContext"]["authorizer"] = {"lambda": dict(authorizer)}
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request)
    else:
        event["isBase64Encoded"] = False
    return event


def authorizer_event(
    request: Request, match: Match, moment: Moment, identity: list[str], region: str
) -> Event:
    """Return the event that asks a Lambda authorizer about a request; `identity` holds its identity sources' values."""
    event = _common(request, match, moment)
    path = event["rawPath"].lstrip("/")
    route_arn = f"arn:aws:execute-api:{region}:{ACCOUNT_ID}:{API_ID}/{STAGE}/{request.method}/{path}"
    return {**event, "type": "REQUEST", "routeArn": route_arn, "identitySource": identity}


def scheduled_event(rule: str, region: str) -> Event:
    """Return the event that EventBridge sends when a schedule fires."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": region,
        "resources": [f"arn:aws:events:{region}:{ACCOUNT_ID}:rule/{rule}"],
        "detail": {},
    }


def _common(request: Request, match: Match, moment: Moment) -> Event:
    path = decoded_path(request)
    headers = _headers(request, moment)
    host = headers.get("host", "")
    event: Event = {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": path,
        "rawQueryString": request.raw_query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": moment.request_id,
            "routeKey": match.route.key,
            "stage": STAGE,
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(moment.at_s)),
            "timeEpoch": int(moment.at_s * 1000),
        },
    }
    if cookies := _cookies(request):
        event["cookies"] = cookies
    if query := _query(request):
        event["queryStringParameters"] = query
    if match.path_parameters:
        event["pathParameters"] = dict(match.path_parameters)
    return event


def _headers(request: Request, moment: Moment) -> dict[str, str]:
    """Return the headers in lower case, repeated ones joined by commas, with those that the gateway adds."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        if key != "cookie":
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    forwarded = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip
    headers["x-forwarded-proto"] = "http"
    headers["x-forwarded-port"] = headers.get("host", "").partition(":")[2] or "80"
    headers["x-amzn-trace-id"] = f"Root=1-{int(moment.at_s):08x}-{moment.request_id.replace('-', '')[:24]}"
    return headers


def _cookies(request: Request) -> list[str]:
    lines = [value for name, value in request.headers if name.lower() == "cookie"]
    return [cookie.strip() for line in lines for cookie in line.split(";") if cookie.strip()]


def _query(request: Request) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(request.raw_query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _body(request: Request) -> tuple[str, bool]:
    """Return the body and whether it is base64: all but a few text types are, forms among them."""
    content_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if content_type in _TEXT_TYPES or content_type.startswith("text/"):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(request.body).decode(), True
