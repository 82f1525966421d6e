"""Text messages through Amazon SNS."""

from functools import cached_property
from typing import TYPE_CHECKING

from gatehouse.delivery.aws import client_config, handing_over
from gatehouse.delivery.message import TextMessage

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


class SnsSmsSender:
    """Hands text messages to SNS in the region and with the credentials that boto3 finds.

    `sender_id` (1 to 11 letters and digits) is shown as the sender in countries that allow it; a try, of
    which there are at most two, lasts `timeout_s` to connect and again to answer.
    """

    def __init__(self, *, sender_id: str = "", timeout_s: float = 4.0) -> None:
        self._sender_id = sender_id
        self._timeout_s = timeout_s

    def send(self, message: TextMessage) -> None:
        """Return once SNS has accepted the message. Raises LetterNotSent."""
        attributes = {"AWS.SNS.SMS.SMSType": _string("Transactional")}
        if self._sender_id:
            attributes["AWS.SNS.SMS.SenderID"] = _string(self._sender_id)
        with handing_over("SNS", "The text message could not be sent. Please try again in a moment."):
            self._client.publish(PhoneNumber=message.to, Message=message.text, MessageAttributes=attributes)

    @cached_property
    def _client(self) -> "SNSClient":
        import boto3

        return boto3.client("sns", config=client_config(self._timeout_s))


def _string(value: str) -> "MessageAttributeValueTypeDef":
    return {"DataType": "String", "StringValue": value}
