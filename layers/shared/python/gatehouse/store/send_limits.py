"""Rows that count letters per address and per client in fixed windows of time."""

from gatehouse.store.statement import Query, Sql, Upsert

COUNT_SEND = Upsert(
    "send_limits",
    columns=("app_id", "subject", "window_start_ms", "sends", "expires_at_ms"),
    key=("app_id", "subject", "window_start_ms"),
    update=(("sends", "old.sends + 1"),),
)

SELECT_SENDS = Sql("""
    SELECT subject, sends FROM {send_limits}
    WHERE app_id = :app_id AND subject IN (:subjects) AND window_start_ms = :window_start_ms""")


def count_send(app_id: str, *, subject: str, window_start_ms: int, expires_at_ms: int) -> Query[int]:
    """Count one more letter for a subject in a window."""
    return COUNT_SEND.run(
        app_id=app_id, subject=subject, window_start_ms=window_start_ms, sends=1, expires_at_ms=expires_at_ms
    )


def list_sends(app_id: str, *, subjects: list[str], window_start_ms: int) -> Query[list[tuple[str, int]]]:
    """List (subject, letters counted) in a window."""
    return SELECT_SENDS.all(
        lambda row: (row[0], row[1]), app_id=app_id, subjects=subjects, window_start_ms=window_start_ms
    )
