"""Eight tabs of one browser refresh at the same moment; each is answered by another instance."""

from gatehouse.bootstrap import House
from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.errors import GatehouseError
from gatehouse.models import PUBLIC
from gatehouse.store.statement import Sql
from tests.frontend import Frontend
from tests.houses import Home
from tests.races.crowd import crowd_of

TABS = 8
CURRENT = Sql("SELECT refresh_token_hash_2 FROM {session_info}").only(lambda row: str(row[0]))


def refresh_all(home: Home, tabs: list[Frontend]) -> list[int | GatehouseError]:
    """Let every tab refresh at the same moment; return the statuses."""

    def refresh(house: House, number: int) -> int:
        tokens = house.frontend_sessions.refresh(
            house.tenancy.resolve("", PUBLIC, PUBLIC),
            tabs[number].tokens["st-refresh-token"],
            anti_csrf_token=None,
            has_anti_csrf=False,
        )
        assert tokens.refresh_token
        tabs[number].tokens |= {
            "st-access-token": tokens.access_token,
            "st-refresh-token": tokens.refresh_token.text,
        }
        return 200

    return crowd_of(len(tabs), home, refresh)


def use_all(home: Home, tabs: list[Frontend]) -> list[str | GatehouseError]:
    """Let every tab use its access token at the same moment; return whose sessions these are."""

    def use(house: House, number: int) -> str:
        session = house.frontend_sessions.read(
            house.tenancy.resolve("", PUBLIC, PUBLIC),
            tabs[number].tokens["st-access-token"],
            anti_csrf_token=None,
            checks_anti_csrf=False,
            checks_database=False,
        )
        return session.user_id

    return crowd_of(len(tabs), home, use)


def is_current(home: Home, tab: Frontend) -> bool:
    """Say whether a tab's refresh token is the one that the session's row knows."""
    return home.house.database.run(CURRENT) == sha256_hex(sha256_hex(tab.tokens["st-refresh-token"]))


def test_eight_tabs_that_refresh_at_once_stay_signed_in_and_a_thief_does_not(home: Home) -> None:
    browser = Frontend(home.house)
    user_id = browser.open_session().user_id
    thief = browser.copy()

    for _ in range(3):
        tabs = [browser.copy() for _ in range(TABS)]
        assert refresh_all(home, tabs) == [200] * TABS
        assert use_all(home, tabs) == [user_id] * TABS
        late = browser.copy()
        assert refresh_all(home, [late]) == [200], "one of them was slow"
        # A browser has one jar. Whichever answer came last is in it, though another one was used first.
        browser = next(tab for tab in tabs if not is_current(home, tab))
        home.clock.advance(minutes=59)

    answer = thief.ask("POST", "/session/refresh")

    assert (answer.status, answer.json) == (401, {"message": "token theft detected"})
    assert browser.ask("POST", "/session/refresh").status == 401


def test_thief_among_the_tabs_is_found_when_the_tabs_refresh_again(home: Home) -> None:
    browser = Frontend(home.house)
    browser.open_session()
    tabs = [browser.copy() for _ in range(TABS)]
    refresh_all(home, tabs)
    use_all(home, tabs)
    thief, browser = tabs[0], tabs[1]
    home.clock.advance(minutes=59)
    assert refresh_all(home, [thief]) == [200]
    assert refresh_all(home, [thief]) == [200]

    assert browser.ask("POST", "/session/refresh").json == {"message": "token theft detected"}
    assert thief.ask("POST", "/session/refresh").status == 401
