"""Looking at sockets without waiting."""

import select


def has_news(descriptor: int) -> bool:
    """Say whether there is something to read, be it the end."""
    watched = select.poll()
    watched.register(descriptor, select.POLLIN)
    return bool(watched.poll(0))
