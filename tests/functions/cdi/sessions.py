"""What tests say to the core about sessions, and how they look into tokens."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.store.statement import Sql
from tests.core import Core
from tests.houses import Home
from tests.people import People

JSON = dict[str, Any]

HOUR_MS = 3_600_000
DAYS_100_MS = 100 * 24 * HOUR_MS
MISSING = {"status": "UNAUTHORISED", "message": "Session does not exist."}
PROTECTED = "The user payload contains protected field"


@dataclass(frozen=True)
class SessionClient:
    """A backend that opens and checks sessions of one app or tenant, in a version of the interface."""

    core: Core
    prefix: str = ""
    version: str = "5.4"

    def send(self, method: str, path: str, body: JSON | None = None) -> Any:
        """Send a request; return the JSON answer, or status and text of a refusal."""
        content = None if body is None else json.dumps(body).encode()
        answer = self.core.call(
            method, self.prefix + path, body=content, headers={"cdi-version": self.version}
        )
        return answer.json if answer.status == 200 else (answer.status, answer.text.removesuffix("\n"))

    def create(self, user_id: str = "u1", **changes: Any) -> Any:
        """Open a session."""
        body = {"userId": user_id, "enableAntiCsrf": False, "userDataInJWT": {}, "userDataInDatabase": {}}
        return self.send("POST", "/recipe/session", body | changes)

    def refresh(self, session: JSON, **changes: Any) -> Any:
        """Ask for the next tokens, by the refresh token of an earlier answer."""
        body = {
            "refreshToken": session["refreshToken"]["token"],
            "enableAntiCsrf": False,
            "useDynamicSigningKey": True,
        }
        return self.send("POST", "/recipe/session/refresh", body | changes)

    def verify(self, session: JSON, **changes: Any) -> Any:
        """Ask whose session the access token of an earlier answer is of."""
        body = {
            "accessToken": session["accessToken"]["token"],
            "enableAntiCsrf": False,
            "doAntiCsrfCheck": False,
            "checkDatabase": False,
        }
        return self.send("POST", "/recipe/session/verify", body | changes)

    def regenerate(self, session: JSON, payload: JSON | None = None, **changes: Any) -> Any:
        """Ask for another access token."""
        body: JSON = {"accessToken": session["accessToken"]["token"]}
        if payload is not None:
            body["userDataInJWT"] = payload
        return self.send("POST", "/recipe/session/regenerate", body | changes)

    def get(self, handle: str) -> Any:
        """Ask for a session by its handle."""
        return self.send("GET", f"/recipe/session?sessionHandle={handle}")

    def of_user(self, user_id: str, **query: str) -> Any:
        """Ask for somebody's sessions."""
        switches = "".join(f"&{name}={value}" for name, value in query.items())
        answer = self.send("GET", f"/recipe/session/user?userId={user_id}{switches}")
        return answer["sessionHandles"] if isinstance(answer, dict) else answer

    def remove(self, **body: Any) -> Any:
        """End sessions."""
        answer = self.send("POST", "/recipe/session/remove", body)
        return answer["sessionHandlesRevoked"] if isinstance(answer, dict) else answer


def handle_of(session: JSON) -> str:
    """Return the handle of an answer."""
    handle: str = session["session"]["handle"]
    return handle


def header(token: str) -> JSON:
    """Return the header of a JWT."""
    return _part(token, 0)


def claims(token: str) -> JSON:
    """Return the claims of a JWT."""
    return _part(token, 1)


def access_claims(session: JSON) -> JSON:
    """Return the claims of the access token of an answer."""
    return claims(session["accessToken"]["token"])


def stored(home: Home, handle: str) -> tuple[Any, ...]:
    """Return hash, expiry and kind of key of a session's row."""
    query = Sql("""SELECT refresh_token_hash_2, expires_at, use_static_key FROM {session_info}
                   WHERE app_id = 'public' AND session_handle = :handle""").only(tuple, handle=handle)
    hash2, expires_at, is_static = home.house.database.run(query)
    return hash2, expires_at, bool(is_static)


def hash2_of(session: dict[str, Any]) -> str:
    """Return what the database holds of an answer's refresh token."""
    return sha256_hex(sha256_hex(session["refreshToken"]["token"]))


def link(people: People, recipe_user_id: str, primary_user_id: str) -> None:
    """Link somebody to somebody else."""
    for table in ("app_id_to_user_id", "all_auth_recipe_users"):
        people.database.run(
            Sql(f"""UPDATE {{{table}}} SET primary_or_recipe_user_id = :primary, is_linked_or_is_a_primary_user = :yes
                    WHERE user_id IN (:both)""").run(
                primary=primary_user_id, yes=True, both=[recipe_user_id, primary_user_id]
            )
        )


def _part(token: str, number: int) -> JSON:
    encoded = token.split(".")[number]
    part: JSON = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return part
