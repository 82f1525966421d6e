"""`python -m gatehouse.webhooks`: try the URLs that hear of events, see what they did not take, and send it again."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

from gatehouse.bootstrap import House
from gatehouse.clock import SECOND_MS
from gatehouse.command import DONE, NEEDS_SOMEBODY, fail, run, say
from gatehouse.config import load_settings
from gatehouse.crypto.identifiers import new_id
from gatehouse.errors import SettingInvalid
from gatehouse.models import PUBLIC
from gatehouse.models.webhooks import Happening
from gatehouse.parameters import Parameters

TEST_EVENT = "webhook.test"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers 0 when done, 1 when something was not taken or found, 2 when it cannot work at all."""
    options = _parser().parse_args(arguments)
    return run(lambda: _work(options))


def _work(options: argparse.Namespace) -> int:
    with closing(House(load_settings(resolve=Parameters().resolve_all))) as house:
        return _carry_out(house, options)


def _carry_out(house: House, options: argparse.Namespace) -> int:
    if not house.settings.webhooks.endpoints:
        raise SettingInvalid("WEBHOOK_URLS", "is empty; set it to the URLs that shall hear of events")
    if options.command == "test":
        return _test(house)
    if options.command == "failed":
        return _list_failed(house)
    return _resend(house, None if options.all else options.ids)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gatehouse.webhooks",
        description="Try the URLs of WEBHOOK_URLS, and care for what they refused.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("test", help=f"send the event {TEST_EVENT} to each URL, and say what it answers")
    commands.add_parser("failed", help="list what was given up")
    resend = commands.add_parser("resend", help="send again what was given up")
    which = resend.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="everything")
    which.add_argument("ids", nargs="*", default=[], metavar="ID", help="the events with these ids")
    return parser


def _test(house: House) -> int:
    what = Happening(PUBLIC, new_id(), TEST_EVENT, house.clock())
    are_taken = True
    for endpoint in house.settings.webhooks.endpoints:
        receiver = house.webhook_sending.receiver(endpoint)
        reply = house.webhook_sending.post(receiver, what)
        receiver.close()
        are_taken &= reply.is_taken
        say(f"{endpoint.url}: {reply.word}")
    return DONE if are_taken else NEEDS_SOMEBODY


def _list_failed(house: House) -> int:
    failed = list(house.webhook_failures.list())
    for endpoint, delivery in failed:
        what = delivery.what
        at = datetime.fromtimestamp(what.at_ms / SECOND_MS, UTC).isoformat(timespec="seconds")
        say(f"{what.id}  {at}  {what.event}  {endpoint.host}  {delivery.outcome}")
    say(f"{len(failed)} given up." if failed else "Nothing was given up.")
    return DONE


def _resend(house: House, event_ids: Sequence[str] | None) -> int:
    count = house.webhook_failures.resend(event_ids)
    if event_ids and not count:
        return fail("Nothing with such an id was given up; `failed` lists what was.", NEEDS_SOMEBODY)
    say(f"{count} will be sent again within a minute.")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
