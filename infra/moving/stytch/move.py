"""A run of the move: page by page, from where the last one stopped."""

from collections.abc import Mapping
from pathlib import Path

from gatehouse.clock import now_ms
from gatehouse.command import DONE, NEEDS_SOMEBODY, say
from gatehouse.config import Settings
from gatehouse.models import ADMIN_ROLE, PUBLIC
from gatehouse.store import userroles
from gatehouse.store.database import Database
from infra.moving.stytch import report
from infra.moving.stytch.people import PROVIDERS, read_person
from infra.moving.stytch.progress import (
    Display,
    PeopleFile,
    Progress,
    place_of,
    read_progress,
    write_progress,
)
from infra.moving.stytch.search import CursorRefused, Page, UserSearch
from infra.moving.stytch.settling import Outcome, Settlement


class Move:
    """One run; without `state_file` it is a rehearsal, which begins at the first page and changes nothing."""

    def __init__(
        self,
        settings: Settings,
        search: UserSearch,
        database: Database,
        *,
        people_file: Path,
        state_file: Path | None,
        providers: Mapping[str, str],
        page_length: int,
        gives_admin: bool,
        takes_pending: bool,
    ) -> None:
        """Take `providers` by their names at Stytch, in lower case; raises Refused."""
        self._search = search
        self._database = database
        self._state_file = state_file
        self._people_file = people_file
        self._providers = {**PROVIDERS, **providers}
        self._page_length = page_length
        self._has_named_admins = bool(settings.admin_emails)
        place = place_of(settings)
        self._progress = read_progress(state_file, place) if state_file else Progress(place)
        self._people = PeopleFile(people_file, goes_on=self._progress.cursor is not None)
        self._settlement = Settlement(
            database,
            now_ms,
            gives_admin=gives_admin,
            takes_pending=takes_pending,
            is_rehearsal=state_file is None,
        )

    def run(self) -> None:
        """Go through the pages to the end."""
        display, done = Display(), 0
        if self._progress.cursor:
            say(f"Going on after {self._progress.read:,} people.")
        while not self._progress.is_finished:
            page = self._read_page()
            self._take(page)
            done += len(page.users)
            self._progress.cursor, self._progress.is_finished = page.next_cursor, page.next_cursor is None
            if self._state_file:
                write_progress(self._state_file, self._progress)
            display.show(done, self._progress.read, page.total, is_last=self._progress.is_finished)
        self._people.finish()

    def tell(self) -> int:
        """Print the report; answers whether somebody has to act."""
        counts, is_rehearsal = self._progress.counts, self._state_file is None
        say()
        for line in report.summary(counts, is_rehearsal=is_rehearsal):
            say(line)
        say()
        say(f"Who has something to do: {self._people_file}")
        if not self._has_admin():
            say(f"Nobody has the role {ADMIN_ROLE}: set ADMIN_EMAILS before people sign in.")
        if is_rehearsal:
            say("Nothing was changed. --apply moves.")
        else:
            say("Sessions stay at Stytch: people sign in once more, by the same address, number or account.")
        return NEEDS_SOMEBODY if counts.get(Outcome.TAKEN) or counts.get(Outcome.NOTHING) else DONE

    def _read_page(self) -> Page:
        try:
            return self._search.read_page(self._progress.cursor, limit=self._page_length)
        except CursorRefused:
            say(
                "Stytch does not know any more how far the last run was. Beginning again: nobody is moved twice."
            )
            self._progress = Progress(self._progress.place)
            return self._search.read_page(None, limit=self._page_length)

    def _take(self, page: Page) -> None:
        """Let in the people of a page; the file comes first, so that a crash leaves nobody out of it."""
        people = [read_person(user, self._providers) for user in page.users]
        settled = self._settlement.settle(people)
        self._people.add(report.lines_of(settled))
        self._progress.read += len(people)
        self._progress.add(report.count(settled))

    def _has_admin(self) -> bool:
        return self._has_named_admins or bool(
            self._database.run(userroles.list_holders(PUBLIC, PUBLIC, ADMIN_ROLE))
        )
