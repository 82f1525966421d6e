"""Roles with what they permit, and who has them in which tenant (specs/supertokens.md 4.8)."""

from typing import Any

from gatehouse.errors import DuplicateRow
from gatehouse.models.audit import EventName
from gatehouse.recipe_errors import UnknownRole
from gatehouse.services.audit import Events
from gatehouse.store import audit, userroles
from gatehouse.store.audit import Provided
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query


class UserRoles:
    """Roles belong to an app, assignments to a tenant.

    Who changes or deletes a role locks it; who gives or takes it holds on to it, many at a time. So nobody is given
    a role that is just being deleted.
    """

    def __init__(self, database: Database, events: Events) -> None:
        self._database = database
        self._events = events

    def create_role(self, app_id: str, role: str, permissions: list[str]) -> bool:
        """Make a role, or give it more permissions; says whether it is new."""
        added = userroles.insert_permissions(app_id, role, sorted(set(permissions)))

        def work(tx: Transaction) -> bool:
            is_new = not tx.run(userroles.lock_role(app_id, role))
            note = self._note_role("role.changed", app_id, role) if is_new or added else ()
            tx.finish(*([userroles.insert_role(app_id, role)] if is_new else []), *added, *note)
            return is_new

        return self._database.transact(work, rerun_on_duplicate=True)

    def delete_role(self, app_id: str, role: str) -> bool:
        """Delete a role and take it from everybody in every tenant; says whether there was any of that."""

        def work(tx: Transaction) -> bool:
            note = self._note_role("role.deleted", app_id, role, provided=audit.row("role", role=role))
            *_, was_given, was_there = tx.finish(
                userroles.lock_role(app_id, role), *note, *userroles.delete_role(app_id, role)
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
            note = self._note_role("role.changed", app_id, role)
            tx.finish(*userroles.delete_permissions(app_id, role, permissions), *note)

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
                note = self._note(app_id, tenant_id, user_id, role, "given")
                tx.finish(userroles.insert_user_role(app_id, tenant_id, user_id=user_id, role=role), *note)
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
            had_it = audit.row("role of a user", tenant_id=tenant_id, user_id=user_id, role=role)
            *_, is_removed = tx.finish(
                *self._note(app_id, tenant_id, user_id, role, "taken", provided=had_it),
                userroles.delete_user_role(app_id, tenant_id, user_id=user_id, role=role),
            )
            return bool(is_removed)

        return self._database.transact(work)

    def _note(
        self,
        app_id: str,
        tenant_id: str,
        user_id: str,
        role: str,
        change: str,
        provided: Provided | None = None,
    ) -> tuple[Query[Any], ...]:
        return self._events.note(
            "roles.changed",
            app_id=app_id,
            tenant_id=tenant_id,
            subject_id=user_id,
            details={"role": role, "change": change},
            provided=provided,
        )

    def _note_role(
        self, event: EventName, app_id: str, role: str, provided: Provided | None = None
    ) -> tuple[Query[Any], ...]:
        return self._events.note(event, app_id=app_id, details={"role": role}, provided=provided)
