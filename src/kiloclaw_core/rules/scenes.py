"""The book as a scene of one moment, so that a rule asks the same predicate that the explorer's claim asks."""

from __future__ import annotations

from kiloclaw_core.rules.book import EMPTY, Book
from kiloclaw_core.world.scene import RecordWords, Scene, SceneMachine, SceneVolume

MATTERS = "d1"
"""What claims call the data that must not be lost."""


def words_of(book: Book) -> RecordWords:
    """The record in the words of claims."""
    record = book.record
    leaving = record.leaving
    return RecordWords(
        status=record.status,
        machine_id=record.text("machine_id"),
        volume_id=record.text("volume_id"),
        desired=record.text("desired"),
        other_machine_ids=tuple(sorted(leaving)),
        other_volume_ids=tuple(sorted(record.names - leaving)),
    )


def scene_of(book: Book, *, resting: bool = False, data: str | None = None) -> Scene:
    """The book as a scene; `data` is the label of the content that matters in it."""
    return Scene(
        record=words_of(book),
        machines=tuple(SceneMachine(one.id, one.state or "", one.volume_id) for one in book.own_machines()),
        volumes=tuple(
            SceneVolume(one.id, MATTERS if one.data == data else None if one.data == EMPTY else one.data)
            for one in book.own_volumes()
        ),
        destroy_granted=book.granted is not None,
        resting=resting,
        armed=book.due is not None,
        written=0 if data is None else 1,
    )
