"""The report of a SuperTokens database, as a terminal shows it."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from gatehouse.store.migrations.files import CreateIndex, CreateTable
from gatehouse.store.migrations.plan import Step
from gatehouse.store.migrations.script import Outstanding
from infra.moving.supertokens.findings import Finding, Weight

_WIDTH = 118

_LINES: Sequence[tuple[str, str]] = (
    ("apps and tenants", "{apps} apps, {tenants} tenants"),
    (
        "people",
        "{people}, with {emailpassword} passwords, {passwordless} passwordless and {thirdparty} third-party logins; "
        "{linked} linked to another",
    ),
    ("sessions", "{sessions} alive ({old_sessions} expired)"),
    (
        "keys",
        "{refresh_keys} for refresh tokens, {dynamic_keys} dynamic and {static_keys} static for access tokens",
    ),
    ("waiting", "{codes} codes, {reset_tokens} password resets, {verification_tokens} e-mail verifications"),
    (
        "and",
        "{roles} roles given {user_roles} times, metadata of {metadata}, {totp_devices} TOTP devices, {mappings} "
        "mapped ids, {dashboard_users} dashboard users",
    ),
)

_HEADINGS = {
    Weight.STOP: "This has to be mended first",
    Weight.LOSS: "In use, and not here after the move",
    Weight.NOTE: "Good to know",
}


def heading(text: str) -> Iterator[str]:
    """Yield a heading with a blank line before it."""
    yield ""
    yield text


def fact(name: str, text: str) -> str:
    """Return a named fact."""
    return f"  {name:<17} {text}"


def contents(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield what is in the database."""
    yield from heading("What is in it")
    for name, text in _LINES:
        yield fact(name, text.format_map({key: f"{value:,}" for key, value in counts.items()}))


def findings(found: Iterable[Finding]) -> Iterator[str]:
    """Yield the findings under their headings, the gravest first."""
    ordered = sorted(found, key=lambda finding: list(Weight).index(finding.weight))
    for weight, group in groupby(ordered, key=lambda finding: finding.weight):
        yield from heading(_HEADINGS[weight])
        for finding in group:
            yield from textwrap.wrap(
                finding.text, _WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False
            )


def changes(outstanding: Outstanding) -> Iterator[str]:
    """Yield what a move would change in the schema."""
    yield from heading("What --apply does")
    steps = [step for _, steps in outstanding.steps for step in steps if step.sql]
    if outstanding.is_empty:
        yield "  Nothing: the tables are ready for Gatehouse."
        return
    tables = [step.change.table for step in steps if isinstance(step.change, CreateTable)]
    for title, items in (("makes tables", tables), ("makes indexes", _indexes(steps, tables))):
        if items:
            yield from textwrap.wrap(
                f"{title}: {', '.join(items)}", _WIDTH, initial_indent="  ", subsequent_indent="    "
            )
    for step in steps:
        if not isinstance(step.change, CreateTable | CreateIndex):
            yield f"  {' '.join(step.sql[0].split())}"
    yield "  Nothing of SuperTokens' is removed, and nobody's row is touched."


def _indexes(steps: Sequence[Step], new_tables: Sequence[str]) -> list[str]:
    return [
        step.change.index.name
        for step in steps
        if isinstance(step.change, CreateIndex) and step.change.table not in new_tables
    ]
