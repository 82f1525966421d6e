"""Sign-up and sign-in with a password, through the core interface, on every engine."""

from tests.core import Core

ADA = {"email": "ada@example.com", "password": "correct horse 9"}


def test_people_sign_up_once_and_sign_in(core: Core) -> None:
    signed_up = core.post("/recipe/signup", **ADA)
    signed_in = core.post("/recipe/signin", email=" ADA@example.com ", password=ADA["password"])

    assert signed_up["status"] == signed_in["status"] == "OK"
    assert signed_up["user"] == signed_in["user"]
    assert signed_up["recipeUserId"] == signed_up["user"]["id"]
    assert core.post("/recipe/signup", **ADA) == {"status": "EMAIL_ALREADY_EXISTS_ERROR"}


def test_wrong_password_and_unknown_address_look_the_same(core: Core) -> None:
    core.post("/recipe/signup", **ADA)

    assert core.post("/recipe/signin", **{**ADA, "password": "x"}) == {"status": "WRONG_CREDENTIALS_ERROR"}
    assert core.post("/recipe/signin", email="b@example.com", password="x") == {
        "status": "WRONG_CREDENTIALS_ERROR"
    }


def test_bad_input_is_named(core: Core) -> None:
    assert core.refusal("POST", "/recipe/signup", {"password": "x"}) == (
        400,
        "Field name 'email' is invalid in JSON input",
    )
    assert core.refusal("POST", "/recipe/signup", b"{") == (400, "Invalid Json Input")
