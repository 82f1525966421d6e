"""SuperTokens' frontend interface: what its frontend SDKs call (specs/supertokens.md 6)."""
