"""Says a recording again, in its order and at its times, and compares the answers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from tests.wire.conversations.conversation import Conversation
from tests.wire.conversations.recording import Exchange
from tests.wire.oracles.asking import Answer, Caller, Crash, SetClock
from tests.wire.oracles.findings import Difference, Findings

UNEXPLAINED = "because they speak of what an answer above did not give"


def replay(
    exchanges: Iterable[Exchange],
    caller: Caller,
    clock: SetClock,
    differences: Sequence[Difference[Exchange]],
    watch: Callable[[Exchange], None] = lambda _: None,
) -> Findings[Exchange]:
    """Ask everything that was asked; `watch` is told before each request."""
    findings = Findings(differences)
    conversations: defaultdict[str, Conversation] = defaultdict(Conversation)
    for exchange in exchanges:
        conversation = conversations[exchange.app]
        if because := conversation.lost_by(exchange):
            findings.skip(because)
            conversation.lose(exchange, because)
            continue
        clock.at_ms = exchange.at_ms
        watch(exchange)
        answer = _answer(caller, exchange, conversation)
        problems = conversation.problems(exchange, answer)
        rest = findings.judge(
            exchange.number, exchange, answer, problems, route=exchange.route, asked=exchange.asked
        )
        if problems:
            conversation.lose(exchange, UNEXPLAINED if rest else "because of an explained difference")
    return findings


def _answer(caller: Caller, exchange: Exchange, conversation: Conversation) -> Answer:
    request = conversation.request(exchange)
    try:
        return caller.call(exchange.method, request.target, body=request.body, headers=exchange.headers)
    except Exception as error:  # what a client would see as a 500 is a finding, not the end of the replay
        return Crash(f"raised {type(error).__name__}: {error}")
