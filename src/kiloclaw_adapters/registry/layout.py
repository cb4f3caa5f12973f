"""The tables of a directory's file: the registry's records with their reservations, and the rows of the company.

Registry and rows share a file and never a transaction, so that a company may keep its rows elsewhere. Everything here
is plain SQL: PostgreSQL has partial unique indexes and upserts of the same spelling.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.store.sqlite_file import MIGRATIONS as STORE_MIGRATIONS
from kiloclaw_adapters.store.sqlite_file import Layout, Migrations
from kiloclaw_core.registry.record import UNRESOLVED

MIGRATIONS: Final[Migrations] = (
    (
        *STORE_MIGRATIONS[0],
        """CREATE TABLE reservation (
            owner TEXT NOT NULL, attempt TEXT NOT NULL, user TEXT NOT NULL, instance TEXT NOT NULL,
            fence INTEGER NOT NULL, phase TEXT NOT NULL, PRIMARY KEY (owner, attempt)) WITHOUT ROWID""",
        # The second line of defence: should the core ever let two attempts into a slot, the commit fails here.
        """CREATE UNIQUE INDEX reservation_holds_slot ON reservation (owner, user)
            WHERE phase IN ('cleaning', 'committing', 'open', 'working')""",
        # The first release of a directory had this table alone, and no mark on its file.
        """CREATE TABLE IF NOT EXISTS mark (
            sandbox TEXT, kind TEXT, PRIMARY KEY (sandbox, kind)) WITHOUT ROWID""",
        """CREATE TABLE instance (
            number INTEGER PRIMARY KEY, sandbox TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, user TEXT NOT NULL,
            fence INTEGER NOT NULL)""",
        "CREATE INDEX instance_by_owner ON instance (owner, number)",
        "CREATE TABLE subscription (sandbox TEXT PRIMARY KEY REFERENCES instance (sandbox)) WITHOUT ROWID",
        """CREATE TABLE slot (
            owner TEXT NOT NULL, user TEXT NOT NULL, closed INTEGER NOT NULL, PRIMARY KEY (owner, user)
            ) WITHOUT ROWID""",
    ),
)
"""What to run to get from each schema to the next. The phases in the index are those that `UNRESOLVED` names."""

DIRECTORY: Final = Layout("directory", 0x6B636C64, MIGRATIONS, unmarked=frozenset({"mark"}))
"""The mark spells kcld."""

UNRESOLVED_WORDS: Final = tuple(sorted(phase.value for phase in UNRESOLVED))
"""The phases that hold a slot, as they are stored."""
