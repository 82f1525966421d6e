"""Moving in from Stytch: people come over its search API; passwords and devices cannot."""
