"""Where Gatehouse answers otherwise than the core did on the same database, and why."""

import json

from tests.wire.conversations.differences import VERSIONS
from tests.wire.java_core.manifest import Question
from tests.wire.oracles.asking import Answer
from tests.wire.oracles.findings import Difference
from tests.wire.oracles.matching import Problem


def _announces_our_versions(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        question.route == "GET /apiversion"
        and problem.where == "$.versions"
        and sorted(json.loads(answer.text)["versions"]) == VERSIONS
    )


DIFFERENCES = (
    Difference(
        "versions",
        "we announce the versions that SDKs of today ask for, and none below 3.0",
        _announces_our_versions,
    ),
)
