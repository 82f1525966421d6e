"""People across all recipes: found whole, with every login method, in one round trip."""

from collections.abc import Iterable

from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.recipe_errors import UnknownUserId
from gatehouse.store import login_methods
from gatehouse.store.database import Batches, Database
from gatehouse.store.login_methods import PeopleQueries


class AuthUsers:
    """Finds people; every method takes what runs its queries, the database or a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, runner: Batches, queries: PeopleQueries) -> list[AuthUser]:
        """Run the reads of `store.login_methods` and return the people."""
        return login_methods.people(*runner.batch(*queries))

    def get(self, runner: Batches, app_id: str, user_id: str) -> AuthUser | None:
        """Find the person with an id, of any login method and of either kind."""
        return pick(self.read(runner, login_methods.by_ids(app_id, [user_id])), user_id)

    def require(self, runner: Batches, app_id: str, user_id: str) -> tuple[AuthUser, LoginMethod]:
        """Return the person and the login method with an id of either kind; raises UnknownUserId."""
        person = self.get(runner, app_id, user_id)
        method = person.login_method(user_id) if person else None
        if person is None or method is None:
            raise UnknownUserId
        return person, method

    def require_of(
        self, runner: Batches, app_id: str, user_id: str, recipe_id: str
    ) -> tuple[AuthUser, LoginMethod]:
        """Return the same for a login method of a recipe; raises UnknownUserId for those of others."""
        person, method = self.require(runner, app_id, user_id)
        if method.recipe_id != recipe_id:
            raise UnknownUserId
        return person, method


def pick(found: Iterable[AuthUser], user_id: str) -> AuthUser | None:
    """Return the person that an id means: one whose own id it is before one to whom it is mapped."""
    people = list(found)
    owners = (
        person
        for person in people
        if person.supertokens_user_id == user_id
        or any(method.supertokens_user_id == user_id for method in person.login_methods)
    )
    mapped = (
        person
        for person in people
        if person.external_user_id == user_id
        or any(method.external_user_id == user_id for method in person.login_methods)
    )
    return next(owners, next(mapped, None))
