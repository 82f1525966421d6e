"""Links that sign in once: codes of the passwordless recipe (specs/supertokens.md 4.1)."""

from dataclasses import dataclass
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.crypto.link_token import read_link_token, write_link_token
from gatehouse.crypto.passwordless_code import link_code_hash, make_code
from gatehouse.errors import LinkInvalid
from gatehouse.models import PUBLIC, User
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.services.failures import Failures
from gatehouse.store import authuser, links, passwordless, passwordless_users, users
from gatehouse.store.database import Transaction
from gatehouse.store.links import LoginMethod, PendingCode
from gatehouse.store.statement import Query

RECIPE_ID = "passwordless"


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link that was found and is not too old, with everything that its use will touch; not spent yet."""

    code: PendingCode
    email: str
    sibling_devices: list[str]
    login_method: LoginMethod | None
    found_users: list[User]
    has_anyone: bool

    @property
    def spending(self) -> Query[bool]:
        """The write that decides who uses the link."""
        return passwordless.delete_code(
            PUBLIC, PUBLIC, code_id=self.code.code_id, device_id_hash=self.code.device_id_hash
        )

    @property
    def clearing(self) -> list[Query[int]]:
        """The deletes of every other link to the same address."""
        return passwordless.delete_devices(PUBLIC, PUBLIC, self.sibling_devices)


class Links:
    """Makes links and finds what they stand for."""

    def __init__(self, clock: Clock, failures: Failures, *, code_lifetime_ms: int) -> None:
        self._clock = clock
        self._failures = failures
        self._lifetime_ms = code_lifetime_ms

    def create_code(self, email: str) -> tuple[str, list[Query[int]]]:
        """Make a link for an address: the link's token, and the writes that store its hashes."""
        code, app, tenant = make_code(), PUBLIC, PUBLIC
        writes = [
            passwordless.insert_device(
                app,
                tenant,
                device_id_hash=code.device_id_hash,
                email=email,
                link_code_salt=code.link_code_salt,
            ),
            passwordless.insert_code(
                app,
                tenant,
                code_id=new_id(),
                device_id_hash=code.device_id_hash,
                link_code_hash=code.link_code_hash,
                created_at_ms=self._clock(),
            ),
        ]
        return write_link_token(code.device_id_hash, code.link_code), writes

    def open_link(self, tx: Transaction, token: str) -> OpenedLink:
        """Find what a link stands for, in one round trip; raises LinkInvalid."""
        device, code_hash = self.parse(token)
        siblings, code, login_method, found, has_anyone = tx.batch(
            links.lock_sibling_devices(PUBLIC, PUBLIC, device),
            links.get_code_by_link(PUBLIC, PUBLIC, device_id_hash=device, link_code_hash=code_hash),
            links.get_user_of_device(PUBLIC, PUBLIC, device),
            users.list_users_of_device(PUBLIC, PUBLIC, device),
            users.has_users(PUBLIC),
        )
        if code is None or code.email is None or code.link_code_hash != code_hash:
            tx.finish(*self._failures.writes(TenantIdentifier(), RECIPE_ID, "unknown_code"))
            raise LinkInvalid
        if code.created_at_ms < self._clock() - self._lifetime_ms:
            whose = next((user.id for user in found if user.email == code.email), None)
            note = self._failures.writes(TenantIdentifier(), RECIPE_ID, "expired_code", subject_id=whose)
            tx.finish(*note)
            raise LinkInvalid
        if login_method and login_method.email != code.email:
            login_method = None
        user_id = login_method.user_id if login_method else None
        return OpenedLink(
            code,
            code.email,
            sibling_devices=[device for device, email in siblings if email == code.email],
            login_method=login_method,
            found_users=[user for user in found if user.email == code.email or user.auth_user_id == user_id],
            has_anyone=has_anyone,
        )

    def parse(self, token: str) -> tuple[str, str]:
        """Return a token's (device_id_hash, link_code_hash); raises LinkInvalid for what cannot be a token."""
        parts = read_link_token(token)
        code_hash = link_code_hash(parts[1]) if parts else None
        if not parts or not code_hash:
            raise LinkInvalid(
                "This sign-in link is not complete. Open the whole link from the letter, or ask for a new one."
            )
        return parts[0], code_hash

    def join(self, email: str) -> tuple[LoginMethod, list[Query[Any]]]:
        """Make a new person with one login method: their ids, and the writes. A taken address raises DuplicateRow."""
        user_id, now_ms = new_id(), self._clock()
        writes = authuser.insert_recipe_user(
            PUBLIC, PUBLIC, user_id=user_id, recipe_id=RECIPE_ID, time_joined_ms=now_ms
        ) + passwordless_users.insert_user(
            PUBLIC, PUBLIC, user_id=user_id, email=email, time_joined_ms=now_ms
        )
        return LoginMethod(email, user_id, user_id, user_id), writes

    def verified(self, login_method: LoginMethod, email: str) -> list[Query[int]]:
        """Return the writes that note that somebody proved their address just now."""
        return [
            authuser.upsert_last_active(PUBLIC, login_method.supertokens_user_id, self._clock()),
            authuser.insert_verified_email(PUBLIC, login_method.recipe_user_id, email),
        ]
