"""Letters through Amazon SES."""

from functools import cached_property
from typing import TYPE_CHECKING

from gatehouse.delivery.address import parse_sender, with_ascii_domain
from gatehouse.delivery.aws import client_config, handing_over
from gatehouse.delivery.message import Letter

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import BodyTypeDef, ContentTypeDef, SendEmailRequestTypeDef


class SesEmailSender:
    """Hands letters to SES in the region and with the credentials that boto3 finds.

    `email_from` is EMAIL_FROM (SettingInvalid if it is none) and must be verified in SES; `configuration_set`
    is optional; a try, of which there are at most two, lasts `timeout_s` to connect and again to answer.
    """

    def __init__(self, email_from: str, *, configuration_set: str = "", timeout_s: float = 4.0) -> None:
        self._sender = parse_sender(email_from)
        self._configuration_set = configuration_set
        self._timeout_s = timeout_s

    def send(self, letter: Letter) -> None:
        """Return once SES has accepted the letter. Raises LetterNotSent."""
        from email.utils import formataddr

        body: BodyTypeDef = {"Text": _utf8(letter.text), "Html": _utf8(letter.html)}
        request: SendEmailRequestTypeDef = {
            "FromEmailAddress": formataddr((self._sender.name, self._sender.address)),
            "Destination": {"ToAddresses": [with_ascii_domain(letter.to)]},
            "Content": {"Simple": {"Subject": _utf8(letter.subject), "Body": body}},
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        with handing_over("SES"):
            self._client.send_email(**request)

    @cached_property
    def _client(self) -> "SESV2Client":
        import boto3

        return boto3.client("sesv2", config=client_config(self._timeout_s))


def _utf8(text: str) -> "ContentTypeDef":
    return {"Data": text, "Charset": "UTF-8"}
