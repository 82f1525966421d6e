"""All conversations."""

from dataclasses import replace

from tests.wire.frontend.said import emailpassword, linking, passwordless, secondfactors, session, thirdparty
from tests.wire.frontend.steps import Conversation

NOT_YET = {"/auth/signinup", "/auth/nowhere/signinup", "/auth/authorisationurl", "/auth/callback/apple"}
"""What Gatehouse does not answer yet."""


def _possible(conversation: Conversation) -> Conversation:
    steps = [step for step in conversation.steps if step.target.partition("?")[0] not in NOT_YET]
    return replace(conversation, steps=steps)


CONVERSATIONS = [
    _possible(item)
    for module in (passwordless, emailpassword, thirdparty, session, secondfactors, linking)
    for item in module.CONVERSATIONS
]
