"""All conversations."""

from tests.wire.frontend.said import emailpassword, linking, passwordless, secondfactors, session, thirdparty

CONVERSATIONS = [
    item
    for module in (passwordless, emailpassword, thirdparty, session, secondfactors, linking)
    for item in module.CONVERSATIONS
]
