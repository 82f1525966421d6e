"""Sign-in through third parties: where people are sent, and who comes back (OAuth 2.0, OpenID Connect)."""
