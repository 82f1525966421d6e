"""docs/endpoints.md tells the truth: nothing is undone, and every test that it names is there."""

import json
import re

from infra.endpoints import COVERED, ROOT, endpoints

ROWS = [line for line in endpoints().splitlines() if line.startswith(("| yes", "| no"))]


def test_every_operation_of_the_core_is_done() -> None:
    assert len(ROWS) >= 121
    assert [row for row in ROWS if row.startswith("| no")] == []


def test_named_tests_exist() -> None:
    named = {test for tests in json.loads(COVERED.read_text("utf-8")).values() for test in tests}
    texts = {file: (ROOT / file).read_text("utf-8") for file in {test.partition("::")[0] for test in named}}

    missing = [
        test
        for test in sorted(named)
        if not re.search(
            rf"^ *def {re.escape(test.rpartition('::')[2])}\(", texts[test.partition("::")[0]], re.MULTILINE
        )
    ]

    assert missing == [], "run `make endpoints`"
