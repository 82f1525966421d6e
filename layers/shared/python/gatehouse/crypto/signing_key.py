"""RSA keys that sign access tokens, in SuperTokens' stored form (specs/supertokens.md 3.1, 3.2)."""

import base64
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

KEY_BITS = 2048


@dataclass(frozen=True)
class SigningKey:
    """A dynamic key: `value` is `public|private`, each base64 of DER (SPKI and PKCS#8), or with `;` in old rows."""

    created_at_ms: int
    value: str = field(repr=False)

    @property
    def kid(self) -> str:
        """The key id: `d-` and when it was made."""
        return f"d-{self.created_at_ms}"

    @cached_property
    def public_key(self) -> "RSAPublicKey":
        """The key that verifies."""
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        return cast("RSAPublicKey", load_der_public_key(base64.b64decode(self._halves[0])))

    @cached_property
    def private_key(self) -> "RSAPrivateKey":
        """The key that signs; we made it ourselves, and checking its primes again would cost 60 ms of a cold start."""
        from cryptography.hazmat.primitives.serialization import load_der_private_key

        der = base64.b64decode(self._halves[1])
        return cast(
            "RSAPrivateKey", load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
        )

    @property
    def jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key (RFC 7517)."""
        numbers = self.public_key.public_numbers()
        return {
            "kty": "RSA",
            "kid": self.kid,
            "n": _url_base64(numbers.n),
            "e": _url_base64(numbers.e),
            "alg": "RS256",
            "use": "sig",
        }

    @property
    def _halves(self) -> list[str]:
        return self.value.replace(";", "|", 1).split("|", 1)


@dataclass(frozen=True)
class StaticKey(SigningKey):
    """A static key, which is never rotated."""

    key_id: str

    @property
    def kid(self) -> str:
        """The key id as it is stored: `s-` and a random UUID."""
        return self.key_id


def make_key_value() -> str:
    """Make a key and return its stored form."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return f"{base64.b64encode(public).decode()}|{base64.b64encode(private).decode()}"


def _url_base64(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
