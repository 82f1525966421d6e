"""Sign-up and sign-in with an e-mail address and a password (specs/supertokens.md 4.3)."""

from typing import cast

from gatehouse.addresses import lower_email
from gatehouse.clock import Clock
from gatehouse.core_config import CoreConfig
from gatehouse.crypto.identifiers import new_id
from gatehouse.crypto.password import (
    Algorithm,
    HashingCosts,
    SignerKeyMissing,
    hash_password,
    verify_password,
)
from gatehouse.errors import DuplicateRow, SettingInvalid
from gatehouse.models.authuser import EMAIL_PASSWORD, AuthUser, LoginMethod
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import EmailAlreadyExists, WrongCredentials
from gatehouse.services.authuser import AuthUsers
from gatehouse.store import authuser, emailpassword, login_methods
from gatehouse.store.database import Database

FAKE_EMAILS = ("@stfakeemail.supertokens.com", ".fakeemail.com")
"""Endings of addresses that SDKs make up; they count as verified (specs/supertokens.md 4.3)."""


class EmailPassword:
    """Makes and checks passwords; hashing happens outside transactions, because it takes a tenth of a second."""

    def __init__(self, database: Database, auth_users: AuthUsers, clock: Clock) -> None:
        self._database = database
        self._auth_users = auth_users
        self._clock = clock

    def sign_up(self, tenant: Tenant, email: str, password: str) -> tuple[AuthUser, LoginMethod]:
        """Make a user; raises EmailAlreadyExists."""
        return self._insert(tenant, lower_email(email), hash_password(password, hashing_costs(tenant.config)))

    def sign_in(self, tenant: Tenant, email: str, password: str) -> tuple[AuthUser, LoginMethod]:
        """Return who has this address and this password in a tenant; raises WrongCredentials."""
        email = lower_email(email)
        credentials, methods, tenants, verified = self._database.batch(
            emailpassword.get_credentials(tenant.app_id, tenant.tenant_id, email),
            *emailpassword.list_people_by_email(tenant.app_id, tenant.tenant_id, email),
        )
        if credentials is None or credentials.email != email:
            raise WrongCredentials
        self._check(password, credentials.password_hash, tenant.config)
        for person in login_methods.people(methods, tenants, verified):
            if method := person.login_method(credentials.user_id):
                self._database.run(
                    authuser.upsert_last_active(tenant.app_id, person.supertokens_user_id, self._clock())
                )
                return person, method
        raise WrongCredentials

    def _check(self, password: str, stored: str, config: CoreConfig) -> None:
        key = config.firebase_password_hashing_signer_key
        try:
            if not verify_password(password, stored, firebase_signer_key=key):
                raise WrongCredentials
        except SignerKeyMissing:
            raise SettingInvalid(
                "FIREBASE_PASSWORD_HASHING_SIGNER_KEY", "is needed to check passwords imported from Firebase"
            ) from None

    def _insert(self, tenant: Tenant, email: str, password_hash: str) -> tuple[AuthUser, LoginMethod]:
        user_id, now_ms = new_id(), self._clock()
        app_id, tenant_id, is_fake = tenant.app_id, tenant.tenant_id, email.endswith(FAKE_EMAILS)
        writes = authuser.insert_recipe_user(
            app_id, tenant_id, user_id=user_id, recipe_id=EMAIL_PASSWORD, time_joined_ms=now_ms
        ) + emailpassword.insert_user(
            app_id,
            tenant_id,
            user_id=user_id,
            email=email,
            password_hash=password_hash,
            time_joined_ms=now_ms,
        )
        if is_fake:
            writes.append(authuser.insert_verified_email(app_id, user_id, email))
        writes.append(authuser.upsert_last_active(app_id, user_id, now_ms))
        try:
            self._database.transact(lambda tx: tx.finish(*writes))
        except DuplicateRow:
            raise EmailAlreadyExists from None
        method = LoginMethod(
            recipe_id=EMAIL_PASSWORD,
            supertokens_user_id=user_id,
            external_user_id=None,
            time_joined_ms=now_ms,
            tenant_ids=(tenant_id,),
            is_verified=is_fake,
            email=email,
        )
        return AuthUser(user_id, None, False, (method,)), method


def hashing_costs(config: CoreConfig) -> HashingCosts:
    """Return what new hashes cost in a tenant."""
    return HashingCosts(
        algorithm=cast("Algorithm", config.password_hashing_alg.upper()),
        bcrypt_log_rounds=config.bcrypt_log_rounds,
        argon2_iterations=config.argon2_iterations,
        argon2_memory_kb=config.argon2_memory_kb,
        argon2_parallelism=config.argon2_parallelism,
    )
