"""What Vitess would do with a statement: which shards it goes to, and what it refuses.

It knows the rules of specs/databases.md 3 and 4 and the VSchema, no more: it does not prove that Vitess takes a
statement, it finds those that surely do not stay on one shard.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import sqlglot
from sqlglot import exp

from tests.store.vschema import VSchema
from tests.store.vschema_sources import Hint, Origin, Source

Node = TypeVar("Node", bound=exp.Expr)

REFUSED_FUNCTIONS = {
    *("GET_LOCK", "RELEASE_LOCK", "RELEASE_ALL_LOCKS", "IS_FREE_LOCK", "IS_USED_LOCK", "LOAD_FILE"),
    *("LAST_INSERT_ID", "FOUND_ROWS", "ROW_COUNT", "MASTER_POS_WAIT", "JSON_TABLE"),
}
"""Functions that Vitess refuses, or that need a connection of their own or mean another thing on several shards."""

DEFINING = (exp.Create, exp.Alter, exp.Drop, exp.TruncateTable)
WRITES = (exp.Insert, exp.Update, exp.Delete)


def findings(text: str, vschema: VSchema) -> set[str]:
    """Return the kinds of trouble that a statement is on Vitess, each with a word or two."""
    parsed = [part for part in sqlglot.parse(text, read="mysql") if part is not None]
    if len(parsed) != 1:
        return {"several statements"}
    return set(Lint(parsed[0], vschema).all())


class Lint:
    """One statement under the rules."""

    def __init__(self, statement: exp.Expr, vschema: VSchema) -> None:
        self._statement = statement
        self._vschema = vschema
        self._nodes = list(statement.walk())
        self._sources: dict[int, Source] = {
            id(table): Source(table.name) for table in self._all_of(exp.Table) if table.name
        }
        self._hints: list[Hint] = []
        self._by_value: dict[str, Source] = {}

    def all(self) -> Iterator[str]:
        """Yield what is found, by kinds."""
        if isinstance(self._statement, DEFINING):
            yield "DDL"
            return
        if isinstance(self._statement, (exp.Command, exp.Set)):
            yield str(self._statement.this or "SET").split()[0].upper()
            return
        yield from self._refused()
        for condition, scope in self._conditions():
            self._note(condition, scope)
        self._follow()
        yield from self._shards()
        if isinstance(self._statement, WRITES):
            yield from self._written()

    def _all_of(self, *kinds: type[Node]) -> Iterator[Node]:
        return (node for node in self._nodes if isinstance(node, kinds))

    def _refused(self) -> Iterator[str]:
        """What is refused wherever the rows are."""
        for function in self._all_of(exp.Func):
            name = function.name.upper() if isinstance(function, exp.Anonymous) else function.sql_name()
            if name in REFUSED_FUNCTIONS:
                yield name
        if self._statement.find(exp.JSONTable):
            yield "JSON_TABLE"
        if self._statement.find(exp.PropertyEQ, exp.SessionParameter):
            yield "session variable"
        for join in self._all_of(exp.Join):
            if join.args.get("using") or join.args.get("method") == "NATURAL":
                yield "USING"
        if any(clause.args.get("recursive") for clause in self._all_of(exp.With)):
            yield "recursive CTE"

    def _conditions(self) -> Iterator[tuple[exp.Expr, exp.Expr]]:
        """Yield what must hold, part by part, each with the SELECT or DML that it stands in."""
        for clause in self._all_of(exp.Where, exp.Join):
            condition = clause.this if isinstance(clause, exp.Where) else clause.args.get("on")
            scope = clause.parent
            if condition is not None and scope is not None:
                for part in condition.flatten() if isinstance(condition, exp.And) else (condition,):
                    yield part.unnest(), scope

    def _note(self, condition: exp.Expr, scope: exp.Expr) -> None:
        """Learn from a condition how rows are found."""
        if isinstance(condition, exp.In) and isinstance(condition.this, exp.Column):
            self._found_by(condition.this, condition, scope, "list")
        elif isinstance(condition, exp.EQ):
            for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
                if isinstance(one, exp.Column):
                    self._found_by(one, other, scope, "value")

    def _found_by(self, column: exp.Column, value: exp.Expr, scope: exp.Expr, route: str) -> None:
        """Learn that a column has a value: of somebody's choice, of another column, or of what is made from some."""
        for own in self._origins(column, scope):
            name, table = own.column, own.source.table
            is_key = self._vschema.sharding.get(table) == name
            if not own.is_plain or not (is_key or name in self._vschema.lookups.get(table, {})):
                continue
            others = [
                origin
                for one in value.find_all(exp.Column)
                if one is not column
                for origin in self._origins(one, one.find_ancestor(exp.Select, *WRITES))
            ]
            if is_key and isinstance(value, exp.Column) and self._are_together(others):
                own.source.join(others[0].source)
                continue
            if is_key and isinstance(value, exp.Placeholder):
                own.source.join(self._by_value.setdefault(value.name, own.source))
            sources = tuple(other.source for other in others)
            self._hints.append(Hint(own.source, route if is_key else "lookup", sources))

    def _are_together(self, others: list[Origin]) -> bool:
        """Tell whether what a sharding column equals is one itself, so that both rows are on the same shard."""
        return (
            len(others) == 1
            and others[0].is_plain
            and self._vschema.sharding.get(others[0].source.table) == others[0].column
        )

    def _follow(self) -> None:
        """Find out in which order the tables can be read; what nothing leads to is read on all shards."""
        sharded = [source for source in self._sources.values() if source.table in self._vschema.sharding]
        for source in self._sources.values():
            if source not in sharded:
                source.route = "value"
        while True:
            while sum(self._helps(hint) for hint in self._hints):
                pass
            lost = [source for source in sharded if not source.head().route]
            if not lost:
                return
            hinted = {hint.source.head() for hint in self._hints}
            next((one for one in lost if one.head() not in hinted), lost[0]).lose()

    def _helps(self, hint: Hint) -> bool:
        """Follow a hint, if what it needs is there; answer whether that changed anything."""
        before = hint.source.head().route
        if all(other.head().route for other in hint.others):
            hint.source.found_by(hint.route)
        return hint.source.head().route != before

    def _origins(self, column: exp.Column, scope: exp.Expr | None) -> list[Origin]:
        """Return the columns of tables that a column stands for: several where it comes from a UNION."""
        while scope is not None:
            for place in places(scope):
                if column.table and place.alias_or_name != column.table:
                    continue
                if isinstance(place, exp.Table):
                    return [Origin(self._sources[id(place)], column.name, is_plain=True)]
                return self._projected(column.name, branches(place.this))
            scope = scope.find_ancestor(exp.Select, *WRITES)
        return []

    def _projected(self, name: str, selects: list[exp.Select]) -> list[Origin]:
        """Return what the column of a derived table stands for."""
        is_plain = len(selects) == 1 and not selects[0].args.get("limit")
        return [
            replace(origin, is_plain=origin.is_plain and is_plain and isinstance(shown.unalias(), exp.Column))
            for select in selects
            for shown in select.selects
            if shown.alias_or_name == name
            for column in shown.find_all(exp.Column)
            for origin in self._origins(column, select)
        ]

    def _shards(self) -> Iterator[str]:
        """Say where the statement goes."""
        sharded = [source for source in self._sources.values() if source.table in self._vschema.sharding]
        kinds = {self._vschema.keyspace(source.table) for source in self._sources.values()}
        if {"sharded", "unsharded"} <= kinds:
            yield "cross-keyspace"
        yield from (f"unknown table {table}" for table in sorted(self._unknown()))
        if isinstance(self._statement, exp.Insert):
            return
        routes = [head.route for head in {source.head() for source in sharded}]
        if len(routes) > 1:
            yield "cross-shard"
        if "lookup" in routes:
            yield "lookup"
        if "scatter" in routes:
            yield from self._scattered()
        if isinstance(self._statement, WRITES) and "list" in routes:
            yield "write to several shards"

    def _is_sharded(self) -> bool:
        return any(source.table in self._vschema.sharding for source in self._sources.values())

    def _unknown(self) -> set[str]:
        return {source.table for source in self._sources.values() if not self._vschema.keyspace(source.table)}

    def _scattered(self) -> Iterator[str]:
        yield "scatter write" if isinstance(self._statement, WRITES) else "scatter"
        if self._statement.find(exp.Lock):
            yield "scatter lock"
        if self._statement.find(exp.Order, exp.Limit):
            yield "scatter sort"
        if self._statement.find(exp.AggFunc, exp.Group, exp.Distinct):
            yield "scatter aggregate"

    def _written(self) -> Iterator[str]:
        target = self._statement.this.find(exp.Table)
        assert target is not None
        keys = self._vschema.keys.get(target.name, set())
        sharding = self._vschema.sharding.get(target.name)
        bound = self._vschema.bound.get(target.name, set())
        if self._statement.find(exp.Select) and self._is_sharded():
            yield "INSERT SELECT" if isinstance(self._statement, exp.Insert) else "subquery in a write"
        if sharding and self._statement.args.get("limit"):
            yield "LIMIT in a write"
        if isinstance(self._statement, exp.Insert):
            yield from self._inserted(keys, bound, sharding)
        for change in self._statement.expressions if isinstance(self._statement, exp.Update) else ():
            if change.this.name == sharding:
                yield "sharding column changed"
            elif change.this.name in bound:
                yield "lookup changed"
            if sharding and change.this.name in keys:
                yield "key changed"

    def _inserted(self, keys: set[str], bound: set[str], sharding: str | None) -> Iterator[str]:
        given = {column.name for column in self._statement.this.expressions}
        if sharding and sharding not in given:
            yield "no sharding column"
        if self._statement.args.get("ignore"):
            yield "INSERT IGNORE"
        conflict = self._statement.args.get("conflict")
        if isinstance(self._statement.expression, exp.Values) and self._statement.expression.args.get(
            "alias"
        ):
            yield "INSERT AS"
        for change in conflict.expressions if conflict else ():
            name = change.this.name
            value = change.expression
            is_new = isinstance(value, exp.Anonymous) and value.name.upper() == "VALUES"
            if name in bound and not (is_new and value.expressions[0].name == name):
                yield "upsert of a vindex column"
            elif name in keys and not (isinstance(value, exp.Column) and value.name == name):
                yield "upsert of a key"


def places(scope: exp.Expr) -> list[exp.Expr]:
    """Return the tables and derived tables of a SELECT, or the table of a write."""
    if isinstance(scope, exp.Select):
        start = scope.args.get("from_")
        return [*([start.this] if start else []), *(join.this for join in scope.args.get("joins") or ())]
    table = scope.this.find(exp.Table) if isinstance(scope, WRITES) else None
    return [table] if table else []


def branches(query: exp.Expr) -> list[exp.Select]:
    """Return the SELECTs of a UNION, or the one there is."""
    if isinstance(query, exp.SetOperation):
        return [*branches(query.left), *branches(query.right)]
    if isinstance(query, exp.Subquery):
        return branches(query.this)
    return [query] if isinstance(query, exp.Select) else []
