"""GET /audit: what happened, by whom, to whom."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Response
from pydantic import BaseModel, Field

from gatehouse.errors import RequestInvalid
from gatehouse.models.audit import Entry
from gatehouse.services.audit_log import Wanted
from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.bodies import iso_time
from gatehouse.web.dependencies import AdminDep, HouseDep

app = create_app("Read the audit log")

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL cannot be asked for the character NUL."""

_MILLISECONDS = re.compile(r"\d{1,15}")

Person = Annotated[str | None, Query(min_length=1, max_length=128, pattern=NO_NUL)]
Time = Annotated[str | None, Query(max_length=40, examples=["2026-11-25T00:00:00Z"])]


class EntryBody(BaseModel):
    """An entry of the audit log; its time is ISO 8601, UTC."""

    id: str
    at: str
    event: Annotated[str, Field(examples=["session.created"])]
    actor_id: Annotated[str | None, Field(description="Who did it; `api` is a backend with an API key.")]
    subject_id: Annotated[str | None, Field(description="To whom; null where nobody is known.")]
    client: Annotated[str | None, Field(description="The network address that API Gateway saw.")]
    details: dict[str, Any]
    times: Annotated[int, Field(description="How often, for failures in one minute.")]

    @classmethod
    def of(cls, entry: Entry) -> "EntryBody":
        """Return the body of an entry."""
        return cls(
            id=entry.id,
            at=iso_time(entry.at_ms),
            event=entry.event,
            actor_id=entry.actor_id,
            subject_id=entry.subject_id,
            client=entry.client,
            details=dict(entry.details),
            times=entry.times,
        )


@app.get("/audit", summary="List events", response_description="A page of the audit log.", tags=["audit"])
async def list_events(
    response: Response,
    house: HouseDep,
    admin: AdminDep,
    event: Annotated[
        str | None, Query(max_length=64, description="An event, or a beginning up to the dot: `session.`")
    ] = None,
    subject: Annotated[Person, Query(description="To whom it happened, by any of their ids.")] = None,
    actor: Annotated[Person, Query(description="Who did it, by any of their ids, or `api`.")] = None,
    start: Annotated[
        Time, Query(alias="from", description="From this time on: ISO 8601, or milliseconds since 1970.")
    ] = None,
    end: Annotated[Time, Query(alias="to", description="Before this time.")] = None,
    cursor: Annotated[
        str | None, Query(max_length=200, description="From the `next` link of a page.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Entries per page.")] = 25,
) -> list[EntryBody]:
    """Return a page of the audit log, newest first. Administrators only.

    When there may be more, the `Link` header has it as `next`; with several filters a page may be short, or empty, and
    have one all the same.
    """
    from_ms = _milliseconds("from", start) if start else 0
    to_ms = _milliseconds("to", end) if end else None
    if to_ms is not None and to_ms <= from_ms:
        raise RequestInvalid("from must be a time before to.")
    page = house.audit_log.list_page(
        Wanted(event, subject, actor, from_ms, to_ms), cursor=cursor, limit=limit
    )
    if page.next_cursor:
        given = {"event": event, "subject": subject, "actor": actor, "from": start, "to": end}
        query = {name: value for name, value in given.items() if value}
        query |= {"limit": str(limit), "cursor": page.next_cursor}
        response.headers["Link"] = f'</audit?{urlencode(query)}>; rel="next"'
    response.headers["Cache-Control"] = "no-store"
    return [EntryBody.of(entry) for entry in page.entries]


def _milliseconds(name: str, text: str) -> int:
    """Read a time; one without a zone is UTC. Raises RequestInvalid."""
    if _MILLISECONDS.fullmatch(text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0, round(moment.timestamp() * 1000))
    except (ValueError, OverflowError):
        raise RequestInvalid(
            f"{name} must be a time such as 2026-11-25T08:30:00Z, or milliseconds since 1970. A + in a query is "
            "written %2B."
        ) from None


handler = lambda_handler(app)
