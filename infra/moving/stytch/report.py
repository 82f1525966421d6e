"""What a move from Stytch says at the end."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gatehouse.models import ADMIN_ROLE
from infra.moving.stytch.people import STAYING
from infra.moving.stytch.settling import Outcome, Settled

_SETTLED = (Outcome.MOVED, Outcome.HERE)

_OUTCOMES: Mapping[str, tuple[str, str]] = {
    Outcome.MOVED: ("{n} people moved", "{n} people would move"),
    Outcome.HERE: ("{n} were here already", "{n} are here already"),
    Outcome.TAKEN: (
        "{n} not moved: somebody else here has their address, number or account",
        "{n} cannot move: somebody else here has their address, number or account",
    ),
    Outcome.NOTHING: (
        "{n} not moved: they have nothing that they could sign in with here",
        "{n} cannot move: they have nothing that they could sign in with here",
    ),
    Outcome.PENDING: (
        "{n} not moved: they never finished signing up (--pending moves them)",
        "{n} would stay: they never finished signing up (--pending moves them)",
    ),
}

_STAYING: Mapping[str, str] = {
    "password": 'set a new password ("forgot password"), or sign in by link or code',
    "totp": "enrol their authenticator again",
    "webauthn": "have passkeys, which Gatehouse does not offer",
    "biometric": "have biometrics of an app, which Gatehouse does not offer",
    "crypto_wallet": "have crypto wallets, which Gatehouse does not offer",
}

_MOVED = (
    ("email", "e-mail addresses to sign in with"),
    ("phone number", "phone numbers"),
    ("third party login", "accounts at third parties"),
    ("linked", "people with several ways to sign in, linked"),
    ("unproved", "people with an address that nobody has proved yet"),
    ("entries", "directory entries kept as they were"),
    ("role", "roles given"),
    ("admins", f"with the role {ADMIN_ROLE}, who become administrators only with --admins"),
)


def count(settled: Iterable[Settled]) -> Counter[str]:
    """Count what the report tells."""
    counts: Counter[str] = Counter()
    for one in settled:
        counts[one.outcome] += 1
        if one.outcome in _SETTLED:
            counts.update(f"staying {what}" for what in one.person.staying)
        if one.outcome is Outcome.MOVED:
            counts.update(method.info.kind for method in one.person.methods if not method.is_password)
            counts["linked"] += len(one.person.methods) > 1
            counts["unproved"] += not one.person.is_proved
            counts["entries"] += one.has_entry
            counts["role"] += sum(role != ADMIN_ROLE for role in one.person.roles)
            counts["admins"] += ADMIN_ROLE in one.person.roles
    return counts


def lines_of(settled: Iterable[Settled]) -> Iterator[tuple[str, str, str]]:
    """Yield the lines of the file of people: who has to do something, or somebody for them."""
    for one in settled:
        if one.outcome in _SETTLED:
            yield from ((one.person.stytch_id, what, "") for what in one.person.staying)
        else:
            yield one.person.stytch_id, one.outcome.replace(" ", "_"), one.why.replace(" ", "_")


def summary(counts: Mapping[str, int], *, is_rehearsal: bool) -> Iterator[str]:
    """Yield the report."""
    for outcome, texts in _OUTCOMES.items():
        if counts.get(outcome) or outcome == Outcome.MOVED:
            yield f"  {texts[is_rehearsal].format(n=f'{counts.get(outcome, 0):,}')}"
    yield from _listed("With those who move" if is_rehearsal else "With those who moved", counts, _MOVED)
    staying: Sequence[tuple[str, str]] = [
        (f"staying {what}", f"people {_STAYING[what]}") for what in STAYING.values()
    ]
    yield from _listed("What Stytch does not give away", counts, staying)


def _listed(title: str, counts: Mapping[str, int], lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    shown = [f"  {counts[name]:,} {text}" for name, text in lines if counts.get(name)]
    if shown:
        yield from ("", title, *shown)
