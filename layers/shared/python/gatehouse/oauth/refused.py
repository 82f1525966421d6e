"""What somebody is told whom a third party does not vouch for."""

from gatehouse.errors import RequestInvalid


class OAuthRefused(RequestInvalid):
    """The third party does not vouch for somebody; the text says why and holds nothing of theirs."""
