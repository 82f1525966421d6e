"""The letters and text messages that the console senders wrote down, and the page that shows them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

_PAGE = Template((Path(__file__).parent / "mailbox.html").read_text(encoding="utf-8"))

Letter = Mapping[str, Any]


@dataclass(frozen=True)
class Mailbox:
    """A file with a letter per line, as JSON: to, subject, text, html, links, code, sent_at."""

    file: Path

    def letters(self) -> list[Letter]:
        """Return the letters, newest first; a line that is still being written is left for the next time."""
        try:
            lines = self.file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        letters = []
        for line in reversed(lines):
            try:
                letters.append(json.loads(line))
            except ValueError:
                continue
        return letters

    def empty(self) -> None:
        """Throw all letters away."""
        self.file.unlink(missing_ok=True)


def mailbox_page(letters: list[Letter]) -> str:
    """Return the letters as an HTML page that renews itself when there are others."""
    shown = "".join(_letter(letter) for letter in letters)
    return _PAGE.substitute(
        count=len(letters),
        newest=escape(str(letters[0].get("sent_at", ""))) if letters else "",
        letters=shown or '<p class="empty">No letters yet. Ask for a sign-in link, and it arrives here.</p>',
    )


def _letter(letter: Letter) -> str:
    parts = [
        f"<h2>{_text(letter, 'subject') or 'Text message'}</h2>",
        f'<p class="head"><span>To <b>{_text(letter, "to")}</b></span> <time>{_text(letter, "sent_at")}</time></p>',
    ]
    if letter.get("code"):
        parts.append(f'<p>Code <code class="code">{_text(letter, "code")}</code></p>')
    links = [link for link in letter.get("links") or [] if str(link).startswith(("http://", "https://"))]
    if links:
        items = "".join(f'<li><a href="{escape(link)}">{escape(link)}</a></li>' for link in links)
        parts.append(f"<ul>{items}</ul>")
    if letter.get("html"):
        # The sandbox runs no script of the letter; its links open in a tab of their own.
        content = escape(f'<base target="_blank">{letter["html"]}')
        parts.append(
            '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" loading="lazy"'
            f' title="The letter as HTML" srcdoc="{content}"></iframe>'
        )
        parts.append(f"<details><summary>Plain text</summary><pre>{_text(letter, 'text')}</pre></details>")
    else:
        parts.append(f"<pre>{_text(letter, 'text')}</pre>")
    return f"<article>{''.join(parts)}</article>"


def _text(letter: Letter, name: str) -> str:
    return escape(str(letter.get(name) or ""))
