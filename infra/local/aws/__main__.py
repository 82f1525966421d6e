"""`python -m infra.local.aws`: the command behind `make local-aws`."""

import signal
import sys
import threading
from pathlib import Path

from infra.local.aws.server import LocalAws


def main() -> int:
    """Serve until stopped; return the exit status."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with LocalAws(
        port=4566,
        api_port=3000,
        mailbox_file=Path(".gatehouse/aws-mailbox.jsonl"),
        runtimes=Path(".build/runtimes"),
    ) as aws:
        print(aws.environment, flush=True)
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
