"""The recipes of SuperTokens' core, each built when it is first used."""

from functools import cached_property
from typing import TYPE_CHECKING

from gatehouse.bootstrap.foundation import Foundation

if TYPE_CHECKING:
    from gatehouse.services.accountlinking import AccountLinking
    from gatehouse.services.app_notes import AppNotes
    from gatehouse.services.dashboard import Dashboard
    from gatehouse.services.emailpassword import EmailPassword
    from gatehouse.services.emailverification import EmailVerification
    from gatehouse.services.jwt import Jwts
    from gatehouse.services.multitenancy import Multitenancy
    from gatehouse.services.multitenancy_removal import MultitenancyRemoval
    from gatehouse.services.multitenancy_thirdparty import TenantProviders
    from gatehouse.services.multitenancy_users import TenantUsers
    from gatehouse.services.password_reset import PasswordReset
    from gatehouse.services.passwordless import Passwordless
    from gatehouse.services.passwordless_codes import PasswordlessCodes
    from gatehouse.services.passwordless_users import PasswordlessUsers
    from gatehouse.services.session import Sessions
    from gatehouse.services.session_list import SessionList
    from gatehouse.services.statistics import Statistics
    from gatehouse.services.thirdparty import ThirdParty
    from gatehouse.services.totp import Totp
    from gatehouse.services.user_pages import UserPages
    from gatehouse.services.user_removal import UserRemoval
    from gatehouse.services.useridmapping import UserIdMappings
    from gatehouse.services.usermetadata import UserMetadata
    from gatehouse.services.userroles import UserRoles


class Core(Foundation):
    """The recipes of SuperTokens' core."""

    @cached_property
    def sessions(self) -> "Sessions":
        """The recipe session: sessions by their tokens."""
        from gatehouse.services.session import Sessions

        return Sessions(self.database, self.signing_keys, self.tenancy, self.clock, self.events)

    @cached_property
    def session_list(self) -> "SessionList":
        """The recipe session: sessions by their handles and users."""
        from gatehouse.services.session_list import SessionList

        return SessionList(self.database, self.tenancy, self.clock, self.events)

    @cached_property
    def jwts(self) -> "Jwts":
        """The recipe jwt."""
        from gatehouse.services.jwt import Jwts

        return Jwts(self.signing_keys, self.clock)

    @cached_property
    def emailpassword(self) -> "EmailPassword":
        """The recipe emailpassword."""
        from gatehouse.services.emailpassword import EmailPassword

        return EmailPassword(self.database, self.auth_users, self.clock, self.events, self.failures)

    @cached_property
    def password_reset(self) -> "PasswordReset":
        """Resets of forgotten passwords."""
        from gatehouse.services.password_reset import PasswordReset

        return PasswordReset(self.database, self.auth_users, self.clock, self.events)

    @cached_property
    def emailverification(self) -> "EmailVerification":
        """The recipe emailverification."""
        from gatehouse.services.emailverification import EmailVerification

        return EmailVerification(self.database, self.clock, self.events)

    @cached_property
    def passwordless(self) -> "Passwordless":
        """The recipe passwordless: sign-in with codes."""
        from gatehouse.services.passwordless import Passwordless

        return Passwordless(self.database, self.clock, self.events, self.failures)

    @cached_property
    def passwordless_codes(self) -> "PasswordlessCodes":
        """The recipe passwordless: codes that wait to be used."""
        from gatehouse.services.passwordless_codes import PasswordlessCodes

        return PasswordlessCodes(self.database, self.clock)

    @cached_property
    def passwordless_users(self) -> "PasswordlessUsers":
        """The recipe passwordless: users."""
        from gatehouse.services.passwordless_users import PasswordlessUsers

        return PasswordlessUsers(self.database, self.auth_users, self.clock, self.events)

    @cached_property
    def thirdparty(self) -> "ThirdParty":
        """The recipe thirdparty."""
        from gatehouse.services.thirdparty import ThirdParty

        return ThirdParty(self.database, self.auth_users, self.clock, self.events)

    @cached_property
    def totp(self) -> "Totp":
        """The recipe totp."""
        from gatehouse.services.totp import Totp

        return Totp(self.database, self.clock, self.events, self.failures)

    @cached_property
    def accountlinking(self) -> "AccountLinking":
        """The recipe accountlinking."""
        from gatehouse.services.accountlinking import AccountLinking

        return AccountLinking(self.database, self.auth_users, self.clock, self.events)

    @cached_property
    def userroles(self) -> "UserRoles":
        """The recipe userroles."""
        from gatehouse.services.userroles import UserRoles

        return UserRoles(self.database, self.events)

    @cached_property
    def usermetadata(self) -> "UserMetadata":
        """The recipe usermetadata."""
        from gatehouse.services.usermetadata import UserMetadata

        return UserMetadata(self.database)

    @cached_property
    def useridmapping(self) -> "UserIdMappings":
        """The recipe useridmapping."""
        from gatehouse.services.useridmapping import UserIdMappings

        return UserIdMappings(self.database, self.clock, self.events)

    @cached_property
    def user_pages(self) -> "UserPages":
        """Lists of users."""
        from gatehouse.services.user_pages import UserPages

        return UserPages(self.database)

    @cached_property
    def user_removal(self) -> "UserRemoval":
        """What goes with a user."""
        from gatehouse.services.user_removal import UserRemoval

        return UserRemoval(self.database, self.auth_users, self.clock, self.events)

    @cached_property
    def multitenancy(self) -> "Multitenancy":
        """The recipe multitenancy: connection URI domains, apps and tenants."""
        from gatehouse.services.multitenancy import Multitenancy

        return Multitenancy(self.database, self.tenancy, self.clock, self.events)

    @cached_property
    def multitenancy_removal(self) -> "MultitenancyRemoval":
        """Their removal."""
        from gatehouse.services.multitenancy_removal import MultitenancyRemoval

        return MultitenancyRemoval(self.database, self.tenancy, self.events)

    @cached_property
    def tenant_providers(self) -> "TenantProviders":
        """The third-party providers of tenants."""
        from gatehouse.services.multitenancy_thirdparty import TenantProviders

        return TenantProviders(self.database, self.events)

    @cached_property
    def tenant_users(self) -> "TenantUsers":
        """Who is in which tenant."""
        from gatehouse.services.multitenancy_users import TenantUsers

        return TenantUsers(self.database, self.auth_users, self.clock, self.events)

    @cached_property
    def dashboard(self) -> "Dashboard":
        """The recipe dashboard."""
        from gatehouse.services.dashboard import Dashboard

        return Dashboard(self.database, self.clock, self.events, self.failures)

    @cached_property
    def app_notes(self) -> "AppNotes":
        """What is noted about an app, and changes nothing."""
        from gatehouse.services.app_notes import AppNotes

        return AppNotes(self.database, self.clock)

    @cached_property
    def statistics(self) -> "Statistics":
        """What an app is used for."""
        from gatehouse.services.statistics import Statistics

        return Statistics(self.database, self.clock)
