"""People are whole in every table, and agree with themselves (specs/supertokens.md 2.2, 4.7)."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tests.store.migrations.described import ask

RECIPES = ("emailpassword", "passwordless", "thirdparty")

_PEOPLE = (
    "SELECT app_id, user_id, recipe_id, primary_or_recipe_user_id, is_linked_or_is_a_primary_user"
    " FROM app_id_to_user_id"
)
_METHODS = (
    "SELECT app_id, user_id, tenant_id, recipe_id, primary_or_recipe_user_id, is_linked_or_is_a_primary_user,"
    " time_joined, primary_or_recipe_user_time_joined FROM all_auth_recipe_users"
)

_Person = tuple[str, str]


@dataclass(frozen=True)
class _Method:
    tenant_id: str
    recipe_id: str
    primary_user_id: str
    is_linked: bool
    joined_ms: int
    primary_joined_ms: int


def incomplete(database_url: str) -> list[str]:
    """Return what is wrong with people, in words."""
    people = {(row[0], row[1].rstrip()): _stripped(row[2:]) for row in ask(database_url, _PEOPLE)}
    methods: defaultdict[_Person, list[_Method]] = defaultdict(list)
    for app_id, user_id, *rest in ask(database_url, _METHODS):
        methods[(app_id, user_id.rstrip())].append(_Method(*_stripped(rest)))
    found = [f"{person} is in no app" for person in methods.keys() - people.keys()]
    groups: defaultdict[_Person, list[_Method]] = defaultdict(list)
    for (app_id, user_id), rows in methods.items():
        _, primary_user_id, is_linked = people.get((app_id, user_id), ("", user_id, False))
        for row in rows:
            groups[(app_id, row.primary_user_id)].append(row)
            if (row.primary_user_id, bool(row.is_linked)) != (primary_user_id, bool(is_linked)):
                found.append(f"{user_id} is linked otherwise in {row.tenant_id} than in the app")
            if not row.is_linked and row.primary_user_id != user_id:
                found.append(f"{user_id} belongs to somebody without being linked")
            if (app_id, row.primary_user_id) not in people:
                found.append(f"{user_id} belongs to nobody that is there")
    for (_, primary_user_id), rows in groups.items():
        if {row.primary_joined_ms for row in rows} != {min(row.joined_ms for row in rows)}:
            found.append(f"{primary_user_id} joined at several times")
    return found + _without_their_recipe(database_url, methods)


def _without_their_recipe(database_url: str, methods: dict[_Person, list[_Method]]) -> list[str]:
    found: list[str] = []
    for recipe in RECIPES:
        rows = ask(database_url, f"SELECT app_id, user_id, time_joined FROM {recipe}_users")
        joined = {(app_id, user_id.rstrip()): time_joined for app_id, user_id, time_joined in rows}
        tenants: defaultdict[_Person, set[str]] = defaultdict(set)
        for app_id, user_id, tenant_id in ask(
            database_url, f"SELECT app_id, user_id, tenant_id FROM {recipe}_user_to_tenant"
        ):
            tenants[(app_id, user_id.rstrip())].add(tenant_id)
        for person, of_person in methods.items():
            if of_person[0].recipe_id != recipe:
                continue
            if {row.joined_ms for row in of_person} != {joined.get(person)}:
                found.append(f"{person} joined at another time in {recipe}_users, or is not there")
            if {row.tenant_id for row in of_person} != tenants[person]:
                found.append(f"{person} is in other tenants in {recipe}_user_to_tenant")
    return found


def _stripped(values: Any) -> list[Any]:
    return [value.rstrip() if isinstance(value, str) else value for value in values]
