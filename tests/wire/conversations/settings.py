"""The settings of a house that answers the recorded conversations."""

SETTINGS = {"BCRYPT_LOG_ROUNDS": "4"}
"""Five hundred people sign up; how slowly passwords are hashed is not what the recording is about."""
