"""The cron that sends events to the URLs that hear of them."""

from typing import Any, Protocol

from gatehouse.config import Settings
from gatehouse.web import seen
from gatehouse.web.entrance import open_entrance
from gatehouse.web.observed import observed
from gatehouse.webhook_settings import demand_secrets


class LambdaContext(Protocol):
    """What this function asks of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run."""


def demand_what_signs(settings: Settings) -> None:
    """Raise SettingInvalid where there is nothing to sign with."""
    demand_secrets(settings.webhooks)


entrance = open_entrance(demand_what_signs)


def send_webhooks(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Send what is due; returns {"finished": whether nothing due is left, "sent", "retried", "given_up": how many}."""
    house = entrance.house
    seen.note_house(house)
    sent = house.webhook_sending.send_due(context.get_remaining_time_in_millis)
    seen.count("WebhooksSent", sent.sent)
    seen.count("WebhooksRetried", sent.retried)
    seen.count("WebhooksGivenUp", sent.given_up)
    return {
        "finished": sent.is_finished,
        "sent": sent.sent,
        "retried": sent.retried,
        "given_up": sent.given_up,
    }


handler = observed(send_webhooks)
