"""TOTP codes are those of RFC 6238, and those that a genuine core accepted."""

import base64

import pytest

from gatehouse.crypto.totp_code import MAX_SKEW, code_at, decode_secret, is_current, make_secret

RFC_KEY = b"12345678901234567890"
RFC_SECRET = base64.b32encode(RFC_KEY).decode()


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(at_s: int, code: str) -> None:
    assert code_at(RFC_KEY, at_s // 30) == code
    assert is_current(code, RFC_SECRET, now_ms=at_s * 1_000, period_s=30, skew=0)


@pytest.mark.parametrize(
    ("secret", "code", "at_ms"),
    [
        ("XBZQNTFYVHNQSWQOEWL5FJ65XDBB2TWF", "081184", 1_795_230_861_296),
        ("PMYF4E343YJ74FDF4SFAM4AKWPF2GGTB", "959610", 1_795_230_861_326),
    ],
)
def test_codes_that_a_genuine_core_accepted_are_right(secret: str, code: str, at_ms: int) -> None:
    assert is_current(code, secret, now_ms=at_ms, period_s=30, skew=1)
    assert not is_current(code, secret, now_ms=at_ms + 120_000, period_s=30, skew=1)


def test_skew_reaches_as_many_steps_to_each_side() -> None:
    now_ms, step = 1_795_230_861_296, 1_795_230_861 // 30
    for away in range(-3, 4):
        code = code_at(RFC_KEY, step + away)
        assert is_current(code, RFC_SECRET, now_ms=now_ms, period_s=30, skew=2) is (abs(away) <= 2)


def test_stored_skews_beyond_reason_are_bounded() -> None:
    far = code_at(RFC_KEY, 59_841_028 + MAX_SKEW + 1)

    assert not is_current(far, RFC_SECRET, now_ms=59_841_028 * 30_000, period_s=30, skew=2**31 - 1)


def test_a_step_before_1970_is_no_error() -> None:
    assert not is_current("000000", RFC_SECRET, now_ms=1_795_230_861_296, period_s=2**31 - 1, skew=5)


@pytest.mark.parametrize("code", ["", "28708", "0287082", "abcdef", "２８７０８２", "é" * 500])  # noqa: RUF001
def test_other_texts_are_no_codes(code: str) -> None:
    assert not is_current(code, RFC_SECRET, now_ms=59_000, period_s=30, skew=1)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("MZXW6YTBOI======", b"foobar"),
        ("mzxw6ytboi", b"foobar"),
        ("MZXW 6YTB-OI", b"foobar"),
        ("MZXW6", b"foo"),
        ("MY", b"f"),
        ("M", b""),
        ("189!", b""),
        ("", b""),
        ("MZXW6YTBOI=MZXW", b"foobar"),
    ],
)
def test_secrets_are_read_as_people_copy_them(secret: str, key: bytes) -> None:
    assert decode_secret(secret) == key


def test_new_secrets_have_160_random_bits() -> None:
    secrets = {make_secret() for _ in range(50)}

    assert len(secrets) == 50
    assert {(len(secret), len(base64.b32decode(secret))) for secret in secrets} == {(32, 20)}
