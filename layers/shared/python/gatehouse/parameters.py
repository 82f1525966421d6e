"""Settings that say where a secret is kept, instead of holding it.

| value | becomes |
|---|---|
| `ssm:/path/name` | the decrypted parameter of that name in AWS Systems Manager's Parameter Store |
| `secretsmanager:name-or-arn` | the text of that secret in AWS Secrets Manager |
| `secretsmanager:name-or-arn#key` | one member of that secret, which is a JSON object |
| anything else | itself |
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from gatehouse.clock import SECOND_MS, Clock, now_ms
from gatehouse.errors import SettingInvalid

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

_log = logging.getLogger(__name__)

_PREFIXES = ("ssm:", "secretsmanager:")
_REFERENCE = re.compile(
    r"(?P<source>ssm:(/[\w.\-]+)+|secretsmanager:[\w/+=.@:!\-]+(?=#|$))(#(?P<key>.+))?", re.ASCII
)
_PARAMETERS_PER_CALL = 10  # the most that GetParameters takes
_RETRY_MS = 30 * SECOND_MS

_NO_PARAMETER = "there is no such parameter in this account and region; create it, or correct the name"
_NO_TEXT = "the secret holds bytes; store it as text"
_REASONS = {
    "AccessDeniedException": "access is denied; allow ssm:GetParameters or secretsmanager:GetSecretValue for it "
    "in the function's role, and kms:Decrypt for its key",
    "DecryptionFailure": "it cannot be decrypted; allow kms:Decrypt for its key in the function's role",
    "InvalidKeyId": "it cannot be decrypted; check that its KMS key exists and is enabled",
    "InvalidRequestException": "it cannot be read; check that it is not scheduled for deletion",
    "ResourceNotFoundException": "there is no such secret in this account and region; create it, or correct the name",
}


@dataclass(frozen=True, slots=True)
class _Reference:
    """`source` is the reference without its #key."""

    text: str
    source: str
    key: str | None


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str = field(repr=False)
    fetched_at_ms: int
    good_until_ms: int


def is_reference(value: str) -> bool:
    """Say whether a setting says where its value is kept, instead of holding it."""
    return value.startswith(_PREFIXES)


def check_reference(name: str, value: str) -> None:
    """Raise SettingInvalid for a reference that cannot be followed."""
    _parse(name, value)


class Parameters:
    """Replaces references by what they stand for, and keeps that for `max_age_s` seconds.

    What is too old is asked for again; while AWS cannot be reached, the old text goes on being used, and it is asked
    no more often than else.
    There are at most two tries, each with `timeout_s` to connect and again to answer.
    """

    def __init__(self, max_age_s: int = 300, clock: Clock = now_ms, *, timeout_s: float = 3.0) -> None:
        self._max_age_ms = max_age_s * SECOND_MS
        self._clock = clock
        self._timeout_s = timeout_s
        self._kept: dict[str, _Kept] = {}
        self.has_asked = False

    @property
    def good_until_ms(self) -> float:
        """When the first of the kept texts is too old; without any, never."""
        return min((kept.good_until_ms for kept in self._kept.values()), default=float("inf"))

    def expire(self) -> None:
        """Ask for everything again when it is next needed."""
        now = self._clock()
        self._kept = {source: replace(kept, good_until_ms=now) for source, kept in self._kept.items()}

    def resolve(self, value: str) -> str:
        """Return what a reference stands for, and any other value as it is. Raises SettingInvalid."""
        return self.resolve_all({value: value})[value]

    def resolve_all(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return settings, name to value, with every reference replaced.

        One call fetches up to ten parameters; each secret takes one. Raises SettingInvalid, which names the
        setting and its reference and says what to do.
        """
        references = {name: _parse(name, value) for name, value in settings.items() if is_reference(value)}
        failures = self._refresh(reference.source for reference in references.values())
        resolved = dict(settings)
        for name, reference in references.items():
            if reason := failures.get(reference.source):
                raise _invalid(name, reference.text, reason)
            resolved[name] = _value(name, reference, self._kept[reference.source].text)
        return resolved

    def _refresh(self, sources: Iterable[str]) -> dict[str, str]:
        """Fetch the sources that are missing or too old; return those that failed, with the reason."""
        now = self._clock()
        due = [
            source
            for source in dict.fromkeys(sources)
            if source not in self._kept or now >= self._kept[source].good_until_ms
        ]
        failures: dict[str, str] = {}
        for batch in _batches(due):
            failures |= self._fetch(batch)
        return failures

    def _fetch(self, batch: list[str]) -> dict[str, str]:
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
        from botocore.exceptions import ConnectionError as NoConnection
        from botocore.parsers import ResponseParserError

        self.has_asked = True
        try:
            found = self._get_parameters(batch) if batch[0].startswith("ssm:") else self._get_secret(batch[0])
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if status >= 500 or status == 429 or "Throttl" in code:
                return self._keep_old(batch, code)
            if len(batch) > 1:  # one of them spoils the call: find out which
                return {name: reason for one in batch for name, reason in self._fetch([one]).items()}
            return {batch[0]: _REASONS.get(code, f"AWS refuses it ({code})")}
        except (NoConnection, HTTPClientError, ResponseParserError) as error:
            return self._keep_old(batch, type(error).__name__)
        except BotoCoreError as error:  # no region, no credentials
            return dict.fromkeys(batch, f"AWS cannot be asked for it: {error}")
        now = self._clock()
        self._kept |= {source: _Kept(text, now, now + self._max_age_ms) for source, text in found.items()}
        absent = _NO_PARAMETER if batch[0].startswith("ssm:") else _NO_TEXT
        return {source: absent for source in batch if source not in found}

    def _get_parameters(self, batch: list[str]) -> dict[str, str]:
        names = [source.removeprefix("ssm:") for source in batch]
        answer = self._ssm.get_parameters(Names=names, WithDecryption=True)
        return {f"ssm:{item['Name']}": item["Value"] for item in answer["Parameters"]}

    def _get_secret(self, source: str) -> dict[str, str]:
        answer = self._secrets_manager.get_secret_value(SecretId=source.removeprefix("secretsmanager:"))
        text = answer.get("SecretString")  # a binary secret has none
        return {source: text} if text else {}

    def _keep_old(self, batch: list[str], cause: str) -> dict[str, str]:
        """Go on with what is kept, for a while; return the sources of which nothing is kept."""
        now = self._clock()
        for source in self._kept.keys() & set(batch):
            kept = self._kept[source]
            age_s = (now - kept.fetched_at_ms) // SECOND_MS
            _log.warning("%s cannot be fetched (%s): using its value of %d s ago", source, cause, age_s)
            self._kept[source] = replace(kept, good_until_ms=now + max(self._max_age_ms, _RETRY_MS))
        reason = f"AWS cannot be reached ({cause}); check the function's network, or try again"
        return {source: reason for source in batch if source not in self._kept}

    @cached_property
    def _ssm(self) -> "SSMClient":
        import boto3

        return boto3.client("ssm", config=self._limits)

    @cached_property
    def _secrets_manager(self) -> "SecretsManagerClient":
        import boto3

        return boto3.client("secretsmanager", config=self._limits)

    @property
    def _limits(self) -> "Config":
        from botocore.config import Config

        return Config(
            connect_timeout=self._timeout_s,
            read_timeout=self._timeout_s,
            retries={"total_max_attempts": 2, "mode": "standard"},
        )


def _parse(name: str, value: str) -> _Reference:
    match = _REFERENCE.fullmatch(value)
    if not match or (match["key"] and value.startswith("ssm:")):
        shapes = "ssm:/path/name, secretsmanager:name or secretsmanager:name#key"
        raise _invalid(name, value, f"this is not a reference; write {shapes}")
    return _Reference(value, match["source"], match["key"])


def _batches(sources: list[str]) -> Iterator[list[str]]:
    parameters = [source for source in sources if source.startswith("ssm:")]
    for start in range(0, len(parameters), _PARAMETERS_PER_CALL):
        yield parameters[start : start + _PARAMETERS_PER_CALL]
    for source in sources:
        if source not in parameters:
            yield [source]


def _value(name: str, reference: _Reference, text: str) -> str:
    """Return the text, or the member of it that the reference asks for."""
    if reference.key is None:
        return text
    try:
        members = json.loads(text)
    except ValueError:  # its text would repeat the secret
        members = None
    if not isinstance(members, dict):
        raise _invalid(name, reference.text, "the secret is not a JSON object; leave out the #key")
    member = members.get(reference.key)
    if isinstance(member, int) and not isinstance(member, bool):
        return str(member)
    if not isinstance(member, str):
        raise _invalid(name, reference.text, "the secret has no text under this key; correct the key")
    return member


def _invalid(name: str, reference: str, reason: str) -> SettingInvalid:
    return SettingInvalid(name, reason if name == reference else f"{reference}: {reason}")
