"""A letter as an Internet message (RFC 5322): text and HTML as alternatives of each other."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from uuid import uuid4

from gatehouse.delivery.address import Sender, with_ascii_domain
from gatehouse.delivery.message import Letter


def mime_message(letter: Letter, sender: Sender, sent_at_ms: int) -> EmailMessage:
    """Return the message. Raises LetterNotSent if the address's domain cannot be written in ASCII."""
    local, _, domain = with_ascii_domain(letter.to).rpartition("@")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = letter.subject
    message["Date"] = datetime.fromtimestamp(sent_at_ms / 1000, UTC)
    message["Message-ID"] = f"<{uuid4()}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message
