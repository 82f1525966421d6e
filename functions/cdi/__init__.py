"""The Core Driver Interface: what SuperTokens' backend SDKs call (specs/supertokens.md)."""
