"""Lists of users: pages, searches, and who has some account information (specs/supertokens.md 4.8)."""

import base64
import binascii
import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gatehouse.errors import RequestInvalid
from gatehouse.models.account_info import AccountInfo, infos_of
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY, AuthUser
from gatehouse.models.tenancy import Tenant
from gatehouse.store import account_info, login_methods, user_pages, user_search
from gatehouse.store.database import Database
from gatehouse.store.user_pages import ASCENDING, AT_MOST, Position
from gatehouse.store.user_search import Found

RECIPES = frozenset({EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY})
"""The recipes that have users."""

MAX_SEARCHES = 100
"""Combinations of searched texts; each is up to six reads."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some users, and what asks for the next page, if there is one."""

    users: list[AuthUser]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class SearchTags:
    """What users are searched for: texts in lower case that an address, a number or a provider begins with."""

    emails: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.emails or self.phone_numbers or self.providers)


class UserPages:
    """Lists people of a tenant, each whole and once, however many login methods they have."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_page(
        self, tenant: Tenant, *, order: str, recipe_ids: Collection[str], start: Position | None, limit: int
    ) -> Page:
        """Return people from a position on, in the order in which they joined.

        `recipe_ids` leaves those who have a login method of one of them; empty, it leaves everybody.
        """
        recipes = sorted(RECIPES.intersection(recipe_ids))
        if recipe_ids and not recipes:
            return Page([])
        found = self._database.run(
            user_pages.list_page(
                tenant.app_id,
                tenant.tenant_id,
                order=order,
                recipe_ids=[] if len(recipes) == len(RECIPES) else recipes,
                start=start or user_pages.BEGINNINGS[order],
                limit=limit + 1,
            )
        )
        following = found[limit] if len(found) > limit else None
        users = self._read(tenant.app_id, found[:limit])
        return Page(users, write_token(following) if following else None)

    def search(self, tenant: Tenant, tags: SearchTags, *, order: str) -> list[AuthUser]:
        """Return whom the tags find, in the order in which they joined; raises RequestInvalid for too many tags.

        Each recipe gives a thousand login methods at most, and only one that has all the kinds of tags gives any.
        """
        recipes = _searches(tenant.app_id, tenant.tenant_id, tags)
        if not recipes:
            return []
        answers = iter(self._database.batch(*(query for queries in recipes for query in queries)))
        found: set[Position] = set()
        for queries in recipes:
            of_recipe = dict.fromkeys(position for _ in queries for position in next(answers))
            found.update(list(of_recipe)[:AT_MOST])
        return self._read(tenant.app_id, self._in_order(found, order))

    def list_by_account_info(
        self, tenant: Tenant, infos: Collection[AccountInfo], *, is_union: bool
    ) -> list[AuthUser]:
        """Return who has some of this account information in the tenant; all of it unless it is a union.

        The oldest comes first.
        """
        found = login_methods.people(
            *self._database.batch(*account_info.list_people_in_tenant(tenant.app_id, tenant.tenant_id, infos))
        )
        matching = [
            person
            for person in found
            if _has_any(person, infos, tenant.tenant_id)
            and (is_union or set(infos) <= set(infos_of(person.login_methods)))
        ]
        return sorted(matching, key=lambda person: person.time_joined_ms)

    def count(self, app_id: str, tenant_id: str | None, recipe_ids: Collection[str]) -> int:
        """Count people of a tenant, or of the whole app; `recipe_ids` as for a page."""
        recipes = sorted(RECIPES.intersection(recipe_ids))
        if recipe_ids and not recipes:
            return 0
        return self._database.run(user_pages.count_users(app_id, tenant_id, recipes))

    def count_active(self, app_id: str, *, since_ms: int) -> int:
        """Count people of an app who were active since a time."""
        return self._database.run(user_pages.count_active_users(app_id, since_ms))

    def _read(self, app_id: str, positions: list[Position]) -> list[AuthUser]:
        """Read people by their places, in one round trip; one who has just been removed is left out."""
        reads = user_pages.list_people(app_id, [position.user_id for position in positions])
        answers = self._database.batch(*(query for queries in reads for query in queries)) if reads else ()
        people = {
            person.supertokens_user_id: person
            for start in range(0, len(answers), 3)
            for person in login_methods.people(*answers[start : start + 3])
        }
        return [people[position.user_id] for position in positions if position.user_id in people]

    def _in_order(self, found: Iterable[Position], order: str) -> list[Position]:
        ties = self._database.dialect.tie_order(order)
        by_id = sorted(found, key=lambda position: position.user_id, reverse=ties != ASCENDING)
        return sorted(by_id, key=lambda position: position.time_joined_ms, reverse=order != ASCENDING)


def write_token(position: Position) -> str:
    """Return the pagination token of whom the next page begins with."""
    return base64.b64encode(f"{position.user_id};{position.time_joined_ms}".encode()).decode()


def read_token(token: str) -> Position:
    """Return the position in a pagination token; raises RequestInvalid for what is none."""
    try:
        user_id, time_joined = base64.b64decode(token, validate=True).decode().split(";")
        time_joined_ms = int(time_joined) if time_joined.isascii() and time_joined.isdecimal() else -1
        if not 0 <= time_joined_ms < 2**63 or "\x00" in user_id:
            raise ValueError(token)
    except (binascii.Error, ValueError):
        raise RequestInvalid("invalid pagination token") from None
    return Position(time_joined_ms, user_id)


def _searches(app_id: str, tenant_id: str, tags: SearchTags) -> list[list[Found]]:
    """Return the reads of each recipe whose users can have all the kinds of tags."""
    emails = tags.emails or (None,)
    phone_numbers, providers = tags.phone_numbers or ("",), tags.providers or ("",)
    if len(emails) * len(phone_numbers) * len(providers) > MAX_SEARCHES:
        raise RequestInvalid(f"at most {MAX_SEARCHES} combinations of search tags are allowed")
    recipes: list[list[list[Found]]] = []
    if not tags.phone_numbers and not tags.providers:
        recipes.append(
            [user_search.find_email_password(app_id, tenant_id, email=email) for email in tags.emails]
        )
    if not tags.phone_numbers:
        recipes.append(
            [
                user_search.find_third_party(app_id, tenant_id, email=email, provider=provider)
                for email, provider in itertools.product(emails, providers)
            ]
        )
    if not tags.providers:
        recipes.append(
            [
                user_search.find_passwordless(app_id, tenant_id, email=email, phone_number=number)
                for email, number in itertools.product(emails, phone_numbers)
            ]
        )
    return [list(itertools.chain.from_iterable(searches)) for searches in recipes]


def _has_any(person: AuthUser, infos: Collection[AccountInfo], tenant_id: str) -> bool:
    """Say whether one of a person's login methods in a tenant has some of the account information, exactly."""
    methods = [method for method in person.login_methods if tenant_id in method.tenant_ids]
    return any(info in infos for info in infos_of(methods))
