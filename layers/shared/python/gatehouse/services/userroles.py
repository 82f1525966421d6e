"""Roles with what they permit, and who has them in which tenant (specs/supertokens.md 4.8)."""

from gatehouse.errors import DuplicateRow
from gatehouse.recipe_errors import UnknownRole
from gatehouse.store import userroles
from gatehouse.store.database import Database, Transaction


class UserRoles:
    """Roles belong to an app, assignments to a tenant.

    Who changes or deletes a role locks it; who gives or takes it holds on to it, many at a time. So nobody is given
    a role that is just being deleted.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_role(self, app_id: str, role: str, permissions: list[str]) -> bool:
        """Make a role, or give it more permissions; says whether it is new."""
        added = userroles.insert_permissions(app_id, role, sorted(set(permissions)))

        def work(tx: Transaction) -> bool:
            is_new = not tx.run(userroles.lock_role(app_id, role))
            tx.finish(*([userroles.insert_role(app_id, role)] if is_new else []), *added)
            return is_new

        return self._database.transact(work, rerun_on_duplicate=True)

    def delete_role(self, app_id: str, role: str) -> bool:
        """Delete a role and take it from everybody in every tenant; says whether there was any of that."""

        def work(tx: Transaction) -> bool:
            _, _, was_given, was_there = tx.finish(
                userroles.lock_role(app_id, role), *userroles.delete_role(app_id, role)
            )
            return bool(was_given or was_there)

        return self._database.transact(work)

    def list_roles(self, app_id: str) -> list[str]:
        """List the roles of an app."""
        return self._database.run(userroles.list_roles(app_id))

    def list_permissions(self, app_id: str, role: str) -> list[str]:
        """List what a role permits; raises UnknownRole."""
        is_there, permissions = self._database.batch(
            userroles.has_role(app_id, role), userroles.list_permissions(app_id, role)
        )
        if not is_there:
            raise UnknownRole
        return permissions

    def remove_permissions(self, app_id: str, role: str, permissions: list[str] | None) -> None:
        """Take permissions from a role, all of them for None; raises UnknownRole."""

        def work(tx: Transaction) -> None:
            if not tx.run(userroles.lock_role(app_id, role)):
                raise UnknownRole
            tx.finish(*userroles.delete_permissions(app_id, role, permissions))

        self._database.transact(work)

    def list_roles_with_permission(self, app_id: str, permission: str) -> list[str]:
        """List the roles that permit something."""
        return self._database.run(userroles.list_roles_with_permission(app_id, permission))

    def list_users(self, app_id: str, tenant_id: str, role: str) -> list[str]:
        """List who has a role in a tenant; raises UnknownRole."""
        is_there, user_ids = self._database.batch(
            userroles.has_role(app_id, role), userroles.list_holders(app_id, tenant_id, role)
        )
        if not is_there:
            raise UnknownRole
        return user_ids

    def list_roles_of_user(self, app_id: str, tenant_id: str, user_id: str) -> list[str]:
        """List somebody's roles in a tenant, also those that only this table knows."""
        found = self._database.run(userroles.list_roles_of_users(app_id, tenant_id, [user_id]))
        return [role for owner, role in found if owner == user_id]

    def add_role(self, app_id: str, tenant_id: str, *, user_id: str, role: str) -> bool:
        """Give somebody a role in a tenant; says whether they had it already. Raises UnknownRole."""

        def work(tx: Transaction) -> bool:
            is_there, has_it = tx.batch(
                userroles.keep_role(app_id, role),
                userroles.has_user_role(app_id, tenant_id, user_id=user_id, role=role),
            )
            if not is_there:
                raise UnknownRole
            if not has_it:
                tx.finish(userroles.insert_user_role(app_id, tenant_id, user_id=user_id, role=role))
            return has_it

        try:
            return self._database.transact(work)
        except DuplicateRow:
            return True

    def remove_role(self, app_id: str, tenant_id: str, *, user_id: str, role: str) -> bool:
        """Take a role from somebody in a tenant; says whether they had it. Raises UnknownRole."""

        def work(tx: Transaction) -> bool:
            if not tx.run(userroles.keep_role(app_id, role)):
                raise UnknownRole
            (had_it,) = tx.finish(userroles.delete_user_role(app_id, tenant_id, user_id=user_id, role=role))
            return bool(had_it)

        return self._database.transact(work)
