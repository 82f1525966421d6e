"""TOTP codes (RFC 6238, SHA-1, six digits): the code that means here what the recorded one meant there."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

STEPS_AROUND = 4
"""How far a code may be from the present step to be recognised as a code of a secret, and not as a wrong one."""


def totp_code(secret: str, at_ms: int, period_s: int, steps: int = 0) -> str:
    """Return the code of a Base32 secret for the present step, or for one some steps away."""
    step = at_ms // 1_000 // period_s + steps
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


@dataclass
class Authenticators:
    """The secrets that the core gave out, with those that were given here."""

    _secrets: list[tuple[str, str, int]] = field(default_factory=list)

    def add(self, recorded_secret: str, our_secret: str, period_s: int) -> None:
        """Remember the secret of a device."""
        self._secrets.append((recorded_secret, our_secret, period_s))

    def translate(self, code: str, at_ms: int) -> str:
        """Return our code for the same step if it was a code of a secret, else the code itself."""
        for recorded, ours, period_s in self._secrets:
            for steps in sorted(range(-STEPS_AROUND, STEPS_AROUND + 1), key=abs):
                if code == totp_code(recorded, at_ms, period_s, steps):
                    return totp_code(ours, at_ms, period_s, steps)
        return code
