"""Tokens, codes and keys as pure functions; the only source of randomness."""
