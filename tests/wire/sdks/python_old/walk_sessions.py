"""Sessions: made, verified, refreshed, stolen, changed, listed and revoked; and JWTs."""

from collections.abc import Callable
from typing import Any

import pytest
from supertokens_python.recipe.jwt.interfaces import CreateJwtOkResult
from supertokens_python.recipe.session import syncio as session
from supertokens_python.recipe.session.exceptions import TokenTheftError, UnauthorisedError


def open_session(user_id: str) -> Any:
    return session.create_new_session_without_request_response(
        "public", user_id, {"colour": "blue"}, {"cart": [1]}
    )


def tokens(opened: Any) -> dict[str, Any]:
    found: dict[str, Any] = opened.get_all_session_tokens_dangerously()
    return found


def refresh(held: dict[str, Any]) -> dict[str, Any]:
    return tokens(
        session.refresh_session_without_request_response(
            held["refreshToken"], anti_csrf_token=held["antiCsrfToken"]
        )
    )


def verify(held: dict[str, Any], *, check_database: bool = False) -> Any:
    return session.get_session_without_request_response(
        held["accessToken"], held["antiCsrfToken"], check_database=check_database
    )


def test_session_is_verified_refreshed_and_stolen(person: Callable[..., Any]) -> None:
    user_id = person().user_id
    first = tokens(open_session(user_id))
    for check_database in (False, True):
        seen = verify(first, check_database=check_database)
        assert (seen.get_user_id(), seen.get_tenant_id()) == (user_id, "public")
        assert seen.get_access_token_payload()["colour"] == "blue"
    second = refresh(first)
    verify(second)
    third = refresh(second)
    verify(third)
    with pytest.raises(TokenTheftError) as theft:
        refresh(first)
    assert theft.value.user_id == user_id
    with pytest.raises(UnauthorisedError):
        session.refresh_session_without_request_response("nonsense")


def test_session_data_changes(person: Callable[..., Any]) -> None:
    user_id = person().user_id
    opened = open_session(user_id)
    handle = opened.get_handle()
    assert session.update_session_data_in_database(handle, {"cart": []})
    assert session.merge_into_access_token_payload(handle, {"colour": None, "size": 3})
    stored = session.get_session_information(handle)
    assert stored is not None
    assert (stored.user_id, stored.tenant_id) == (user_id, "public")
    assert stored.session_data_in_database == {"cart": []}
    assert stored.custom_claims_in_access_token_payload["size"] == 3
    opened.sync_merge_into_access_token_payload({"colour": "red"})
    assert verify(tokens(opened), check_database=True).get_access_token_payload()["colour"] == "red"
    assert not session.update_session_data_in_database("nothing", {})


def test_sessions_are_listed_and_revoked(person: Callable[..., Any]) -> None:
    user_id = person().user_id
    opened = [open_session(user_id) for _ in range(3)]
    handles = {one.get_handle() for one in opened}
    assert set(session.get_all_session_handles_for_user(user_id)) == handles
    first, *others = handles
    assert session.revoke_session(first)
    assert session.revoke_multiple_sessions(others[:1]) == others[:1]
    assert session.revoke_all_sessions_for_user(user_id) == others[1:]
    assert session.get_session_information(first) is None
    with pytest.raises(UnauthorisedError):
        verify(tokens(opened[0]), check_database=True)


def test_jwt_is_signed_with_either_key() -> None:
    kids = {key.kid for key in session.get_jwks().keys}
    assert {kid[:2] for kid in kids} == {"s-", "d-"}
    for is_static in (True, False):
        made = session.create_jwt({"for": "me"}, 60, is_static)
        assert isinstance(made, CreateJwtOkResult)
