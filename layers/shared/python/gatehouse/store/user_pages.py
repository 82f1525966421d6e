"""Pages of users in the order in which they joined, and counts of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatehouse.store.login_methods import PEOPLE_BY_PRIMARY_ID, PeopleQueries, bind
from gatehouse.store.statement import Query, Sql, Statement

if TYPE_CHECKING:
    from gatehouse.store.dialects import Dialect

ASCENDING, DESCENDING = "ASC", "DESC"
AT_MOST = 1_000
"""Ids in one list; a longer one makes MySQL give up its index (specs/databases.md 1.9)."""


@dataclass(frozen=True)
class SelectPage(Statement):
    """The first so many people from a position on; each once, however many login methods they have in the tenant.

    With `recipes`, people who have a login method of one of so many recipes: each has its own index, which gives its
    part of the page in order.
    """

    order: str
    recipes: int = 0

    def text(self, dialect: "Dialect") -> str:
        """Return the text with the order of ids that SuperTokens has on the dialect's engine."""
        ids = dialect.tie_order(self.order)
        if not self.recipes:
            return self._part("", ids)
        parts = [
            f"SELECT k.user_id, k.time_joined FROM ({self._part(f'r.recipe_id = :recipe_{number} AND', ids)}) k"
            for number in range(self.recipes)
        ]
        return f"{' UNION '.join(parts)} ORDER BY time_joined {self.order}, user_id {ids} LIMIT :limit"

    def _part(self, condition: str, ids: str) -> str:
        follows = {ASCENDING: ">", DESCENDING: "<"}
        later, further = follows[self.order], follows[ids]
        return f"""
    SELECT DISTINCT r.primary_or_recipe_user_id AS user_id, r.primary_or_recipe_user_time_joined AS time_joined
    FROM {{all_auth_recipe_users}} r
    WHERE {condition} r.app_id = :app_id AND r.tenant_id = :tenant_id
      AND r.primary_or_recipe_user_time_joined {later}= :joined_at
      AND (r.primary_or_recipe_user_time_joined {later} :joined_at OR r.primary_or_recipe_user_id {further}= :user_id)
    ORDER BY r.primary_or_recipe_user_time_joined {self.order}, r.primary_or_recipe_user_id {ids}
    LIMIT :limit"""


PAGES = {
    f"{order} {recipes}": SelectPage(order, recipes)
    for order in (ASCENDING, DESCENDING)
    for recipes in (0, 1, 2)
}
"""By order and number of recipes; all three recipes are everybody."""

COUNT_USERS_OF_TENANT = Sql("""
    SELECT COUNT(DISTINCT primary_or_recipe_user_id) FROM {all_auth_recipe_users}
    WHERE app_id = :app_id AND tenant_id = :tenant_id""")

COUNT_USERS_OF_TENANT_WITH_RECIPES = Sql("""
    SELECT COUNT(DISTINCT primary_or_recipe_user_id) FROM {all_auth_recipe_users}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND recipe_id IN (:recipe_ids)""")

COUNT_USERS = Sql("""
    SELECT COUNT(DISTINCT primary_or_recipe_user_id) FROM {all_auth_recipe_users} WHERE app_id = :app_id""")

COUNT_USERS_WITH_RECIPES = Sql("""
    SELECT COUNT(DISTINCT primary_or_recipe_user_id) FROM {all_auth_recipe_users}
    WHERE app_id = :app_id AND recipe_id IN (:recipe_ids)""")

COUNT_ACTIVE_USERS = Sql("""
    SELECT COUNT(*) FROM {user_last_active} WHERE app_id = :app_id AND last_active_time >= :since_ms""")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where somebody stands in the order: when the first of their login methods was made, and their SuperTokens id."""

    time_joined_ms: int
    user_id: str


BEGINNINGS = {ASCENDING: Position(-1, ""), DESCENDING: Position(2**63 - 1, "")}
"""What stands before everybody, in either order."""


def list_page(
    app_id: str, tenant_id: str, *, order: str, recipe_ids: list[str], start: Position, limit: int
) -> Query[list[Position]]:
    """List people of a tenant from a position on, that one included; with a login method of the recipes, if given."""
    return PAGES[f"{order} {len(recipe_ids)}"].all(
        lambda row: Position(row[1], row[0]),
        app_id=app_id,
        tenant_id=tenant_id,
        joined_at=start.time_joined_ms,
        user_id=start.user_id,
        limit=limit,
        **{f"recipe_{number}": recipe_id for number, recipe_id in enumerate(recipe_ids)},
    )


def list_people(app_id: str, user_ids: list[str]) -> list[PeopleQueries]:
    """Read the people whose own ids these are, as pages give them: three queries for each thousand of them."""
    return [
        bind(PEOPLE_BY_PRIMARY_ID, app_id=app_id, user_ids=user_ids[start : start + AT_MOST])
        for start in range(0, len(user_ids), AT_MOST)
    ]


def count_users(app_id: str, tenant_id: str | None, recipe_ids: list[str]) -> Query[int]:
    """Count people of a tenant, or of the app; with a login method of the recipes, if given."""
    values = {"app_id": app_id, "tenant_id": tenant_id, "recipe_ids": recipe_ids}
    if tenant_id is None:
        statement = COUNT_USERS_WITH_RECIPES if recipe_ids else COUNT_USERS
    else:
        statement = COUNT_USERS_OF_TENANT_WITH_RECIPES if recipe_ids else COUNT_USERS_OF_TENANT
    return statement.only(lambda row: int(row[0]), **values)


def count_active_users(app_id: str, since_ms: int) -> Query[int]:
    """Count people who were active since a time."""
    return COUNT_ACTIVE_USERS.only(lambda row: int(row[0]), app_id=app_id, since_ms=since_ms)
