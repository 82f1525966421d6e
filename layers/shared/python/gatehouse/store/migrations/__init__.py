"""The schema: what the migration files say, what the database has, and the way from one to the other.

Nothing that answers requests imports this package.
"""
