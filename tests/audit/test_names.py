"""The events that are documented are those that are noted."""

import re

from gatehouse.models.audit import EVENT_NAMES
from infra.build_layers import ROOT

CODE = ROOT / "layers" / "shared" / "python" / "gatehouse"
ROW = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \|", re.MULTILINE)


def test_every_event_is_in_the_table_of_the_docs_in_the_same_order() -> None:
    assert tuple(ROW.findall((ROOT / "docs" / "audit.md").read_text())) == EVENT_NAMES


def test_every_event_is_noted_somewhere() -> None:
    texts = [
        path.read_text()
        for folder in ("services", "providers")
        for path in (CODE / folder).glob("*.py")
        if path.name != "audit.py"
    ]
    assert [name for name in EVENT_NAMES if not any(f'"{name}"' in text for text in texts)] == []


def test_reasons_of_failures_are_documented() -> None:
    from gatehouse.services.failures import REFUSALS

    code = "".join(path.read_text() for path in (CODE / "services").glob("*.py"))
    code += (CODE / "providers" / "embedded.py").read_text()
    given = {
        reason
        for call in re.findall(r"failures\.(?:note|writes)\(([^)]*)", code)
        for reason in re.findall(r'"([a-z_]+)"', call)
    }
    documented = (ROOT / "docs" / "audit.md").read_text()
    assert given
    assert [reason for reason in {*given, *REFUSALS.values()} if f"`{reason}`" not in documented] == []
