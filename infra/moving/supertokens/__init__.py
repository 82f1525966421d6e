"""Moving in from a live SuperTokens core: the database stays, only who serves it changes."""
