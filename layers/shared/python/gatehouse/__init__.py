"""Gatehouse: sign-in, sessions and users as AWS Lambda functions."""

__version__ = "0.1.0"
