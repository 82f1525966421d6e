"""The tables that a statement reads, and what leads from one to the other."""

from dataclasses import dataclass

ROUTES = ("value", "list", "lookup", "scatter", "")
"""Ways to rows, those to the fewest shards first."""


@dataclass(eq=False)
class Source:
    """A table as one place of a statement reads or writes it, and how its rows are found.

    `route` is "value" for the sharding column, "list" for several values of it, "lookup" for a lookup vindex, and
    "scatter" for all shards.
    """

    table: str
    route: str = ""
    group: "Source | None" = None
    is_lost: bool = False

    def head(self) -> "Source":
        """Return the one that stands for all whose rows are on the same shard."""
        return self.group.head() if self.group else self

    def join(self, other: "Source") -> None:
        """Note that the rows of both are on the same shard."""
        mine, its = self.head(), other.head()
        if mine is not its:
            mine.group = its
            its.found_by(mine.route)

    def found_by(self, route: str) -> None:
        """Note how rows are found, which may be a better way than the one known."""
        head = self.head()
        if not head.is_lost:
            head.route = min(head.route, route, key=ROUTES.index)

    def lose(self) -> None:
        """Read it on all shards, whatever else may lead to it: the others are found from it."""
        self.head().is_lost, self.head().route = True, "scatter"


@dataclass(frozen=True)
class Origin:
    """The column of a table that a column stands for; a UNION or a LIMIT between them keeps Vitess from merging."""

    source: Source
    column: str
    is_plain: bool


@dataclass(frozen=True)
class Hint:
    """That a source is found by `route` once rows of others are there; with none, at once."""

    source: Source
    route: str
    others: tuple[Source, ...] = ()
