"""Codes are those of SuperTokens: recorded ones come out again, and base64 is read as Java reads it."""

import base64
import secrets

import pytest

from gatehouse.crypto.passwordless_code import (
    hash_device,
    hash_link,
    hash_typed_code,
    link_code_hash,
    make_another_code,
    make_code,
    read_base64,
    read_url_base64,
)


def bytes_of(text: str) -> bytes:
    """Decode what must be base64."""
    data = read_base64(text)
    assert data is not None
    return data


@pytest.mark.parametrize(
    ("device_id", "device_id_hash"),
    [
        ("sYUsMF/OMzoZZEyfA1AdC1sIiIeKve1u/zt6YApCBK8=", "lJeo5o_HU_aEo10mg3p_Ovmzx93ZgCqgzvhAEt9_REM"),
        ("lJhOFE+dI2GfRWo3MxpjsBAd6YQPuDRbWh1/sAH3ZxQ=", "6uuHqCoIx5I3rFPnevW5hsMZJ_XJyX9rMWusxd5j6Gg"),
        ("+fzgi0rDrgUj3lhEghUw542qsZlvKJoitXWr8/p6qj0=", "nVgB597HolQwZ2vHXVBPMOXpCEapcRRKijlgVHcKbGA"),
        ("2SS3X+eoXi71Y7TEN9VwadY4LeyRgodNmj5SiWw6f3o=", "O_ZgVlCMnQdnmu9Pv7nbv1yiLQLLAPiOHvoSLi4f1qo"),
    ],
)
def test_recorded_devices_have_their_recorded_hashes(device_id: str, device_id_hash: str) -> None:
    assert hash_device(bytes_of(device_id)) == device_id_hash


def test_another_code_is_of_the_same_device() -> None:
    first = make_code()
    device, salt = bytes_of(first.device_id), bytes_of(first.link_code_salt)
    second, given = make_another_code(device, salt), make_another_code(device, salt, "café 📱")

    assert (second.device_id, second.device_id_hash) == (first.device_id, first.device_id_hash)
    assert second.link_code_salt == first.link_code_salt
    assert given.user_input_code == "café 📱"
    for code in (first, second, given):
        assert hash_typed_code(device, salt, code.user_input_code) == code.link_code_hash
        assert link_code_hash(code.link_code) == code.link_code_hash
        assert hash_link(read_url_base64(code.link_code) or b"") == code.link_code_hash
    assert hash_typed_code(device, salt, "nope") != first.link_code_hash


def test_base64_is_read_with_and_without_padding() -> None:
    for length in range(40):
        data = secrets.token_bytes(length)
        standard, url = base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()
        assert read_base64(standard) == read_base64(standard.rstrip("=")) == data
        assert read_url_base64(url) == read_url_base64(url.rstrip("=")) == data
    assert read_base64("random") == read_base64("randon") != b"", "spare bits are ignored"


@pytest.mark.parametrize(
    "text", ["a", "abcde", "ab=", "abc==", "=", "====", "abcd=", "ab==cd", "a b", "ab\n", "ab#c", "é", "٠١٢٣"]
)
def test_what_java_refuses_is_refused(text: str) -> None:
    assert read_base64(text) is None
    assert read_url_base64(text) is None


def test_the_two_alphabets_are_told_apart() -> None:
    assert read_base64("ab-_") is None
    assert read_url_base64("ab+/") is None
    assert read_base64("ab+/") == read_url_base64("ab-_") is not None
