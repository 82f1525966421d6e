"""The letters and text messages that functions hand to SES and SNS, written into the mailbox of the local gateway."""

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_LINK = re.compile(r"https?://[^\s<>\"]+")
_CODE = re.compile(r"^([A-Z0-9]{4,10})(?:$| is your code)", re.MULTILINE)


class Letterbox:
    """Appends to the file that infra.local.mailbox reads."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def post_letter(self, request: Mapping[str, Any]) -> None:
        """Keep a letter, as it came to SES' SendEmail; raw ones are left to moto."""
        simple = request.get("Content", {}).get("Simple")
        if simple is None:
            return
        body = simple["Body"]
        for to in request["Destination"].get("ToAddresses", []):
            self._keep(to, simple["Subject"]["Data"], _data(body, "Text"), _data(body, "Html"))

    def post_text_message(self, to: str, text: str) -> None:
        """Keep a text message."""
        self._keep(to, "", text, "")

    def _keep(self, to: str, subject: str, text: str, html: str) -> None:
        code = _CODE.search(text)
        sent_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = {"to": to, "subject": subject, "text": text, "html": html, "links": _LINK.findall(text)}
        line = json.dumps({**entry, "code": code and code[1], "sent_at": sent_at}).encode() + b"\n"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # One system call: lines of letters that are sent at the same time stay whole.
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


def _data(body: Mapping[str, Any], kind: str) -> str:
    return str(body.get(kind, {}).get("Data", ""))
