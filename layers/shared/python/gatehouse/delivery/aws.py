"""What SES and SNS have in common: short time-outs, and one reading of their failures."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gatehouse.errors import LetterNotSent

if TYPE_CHECKING:
    from botocore.config import Config

_log = logging.getLogger(__name__)

_ADVICE = {
    "MessageRejected": "verify the identity of EMAIL_FROM, and leave the SES sandbox to write to everybody",
    "MailFromDomainNotVerifiedException": "finish the set-up of the MAIL FROM domain in SES",
    "AccountSuspendedException": "AWS has suspended sending for this account",
    "SendingPausedException": "sending is paused in SES",
    "NotFoundException": "the configuration set does not exist in this region",
    "AccessDeniedException": "allow ses:SendEmail in the function's role",
    "AuthorizationError": "allow sns:Publish in the function's role",
}


def client_config(timeout_s: float) -> "Config":
    """Return boto3's limits: one retry, and at most `timeout_s` seconds to connect and again to answer."""
    from botocore.config import Config

    return Config(
        connect_timeout=timeout_s,
        read_timeout=timeout_s,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )


@contextmanager
def handing_over(service: str, apology: str | None = None) -> Iterator[None]:
    """Turn every failure of boto3 into LetterNotSent(apology), and log what the operator can do about it."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        request_id = error.response.get("ResponseMetadata", {}).get("RequestId", "")
        advice = _ADVICE.get(code, "try again")
        _log.warning("%s refused (%s, request %s): %s", service, code, request_id, advice)
        raise LetterNotSent(apology) from error
    except (BotoCoreError, ResponseParserError) as error:
        _log.warning("%s cannot be used: %s", service, type(error).__name__)
        raise LetterNotSent(apology) from error
