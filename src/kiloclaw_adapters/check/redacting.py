"""A trace without secrets and without anybody's name, that is judged as it was.

Only what the format names and rules look at is written again. Every id and name becomes a word of its own, the same
wherever it stands in the file; free text shrinks to the few words that rules look for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from attrs import define, field

from kiloclaw_core.rules import TELLING_ENDS, TELLING_EVENTS, TELLING_LABELS, TELLING_WORDS
from kiloclaw_core.trace.durable import CLEANING, MACHINES, MARKS, SIZE, VOLUMES
from kiloclaw_core.trace.lines import CallOp, CommandOp, Status, Wanted
from kiloclaw_core.trace.parsing import NOTES, in_order
from kiloclaw_core.trace.reading import node_of

Tree: TypeAlias = Mapping[str, object]
Part: TypeAlias = Callable[["Redactor", object], object]

HIDDEN: Final = "redacted"
REGION: Final = re.compile(r"[a-z]{2,3}")
COUNTED: Final = re.compile(r"[a-z]{1,2}[0-9]{1,12}")
PLAIN: Final = re.compile(r"[a-z][a-z_.]{0,79}")
WORDS: Final = frozenset(
    {
        *(one.value for one in CallOp),
        *(one.value for one in CommandOp),
        *(one.value for one in Status),
        *(one.value for one in Wanted),
        *("created", "started", "replacing", "destroyed", "failed", "suspended", "suspending", "hydrating", "empty"),
        *("finalized", "shared", "performance", "ensure_app", "env_key", "image_lookup", "chat_cleanup"),
        *("enqueue_restore", "finalize", "list", "kiloclaw_user_id", "kiloclaw_sandbox_id"),
    }
)
"""The words that are anybody's."""


@define(eq=False)
class Redactor:
    """One file while it is redacted: what each name of it has become."""

    names: dict[str, str] = field(factory=dict)

    def name(self, value: object) -> object:
        """A word for this name, the same each time; what is no text has no name."""
        return self.names.setdefault(value, f"name-{len(self.names) + 1}") if isinstance(value, str) else None

    def number(self, value: object) -> object:
        """The id of a command or a request says nothing where it is but a number."""
        return value if isinstance(value, str) and COUNTED.fullmatch(value) else self.name(value)

    def word(self, value: object) -> object:
        """A word that is anybody's stays; another is a name."""
        return value if isinstance(value, str) and value in WORDS else self.name(value)

    def region(self, value: object) -> object:
        """A region, or several; what is not spelt like one is a name."""
        if isinstance(value, list):
            return [self.region(one) for one in value]
        return value if isinstance(value, str) and REGION.fullmatch(value) else self.name(value)

    def event(self, value: object) -> object:
        """The name of an event is the program's own; of one that is not spelt so, what rules look for is left."""
        if not isinstance(value, str) or PLAIN.fullmatch(value):
            return value
        telling = [part for part in TELLING_EVENTS if part in value]
        ends = [part for part in TELLING_ENDS if value.endswith(part)]
        return " ".join([str(self.name(value)), *telling, *ends])

    def parts(self, value: object, parts: Mapping[str, Part]) -> Tree:
        """An object with these of its keys alone, each redacted in its own way."""
        tree = value if isinstance(value, dict) else {}
        return {key: part(self, tree[key]) for key, part in parts.items() if tree.get(key) is not None}


def plain(_: Redactor, value: object) -> object:
    """A number or a truth; of anything else nothing is said."""
    return value if isinstance(value, int | float) else None


def text(_: Redactor, value: object) -> object:
    """The words of a text that rules look for."""
    return " ".join(word for word in TELLING_WORDS if word in str(value))


def hidden(_: Redactor, value: object) -> object:
    """That something stands there, and not what."""
    return None if value is None else HIDDEN


def names(redactor: Redactor, value: object) -> object:
    """Several names."""
    return [redactor.name(one) for one in value] if isinstance(value, list) else []


def size(redactor: Redactor, value: object) -> object:
    """A size of a machine."""
    return redactor.parts(value, {"cpus": plain, "memory_mb": plain, "cpu_kind": Redactor.word})


def metadata(redactor: Redactor, value: object) -> object:
    """What a listing filters by."""
    tree = value if isinstance(value, dict) else {}
    return {str(redactor.word(key)): redactor.name(one) for key, one in tree.items()}


def label(_: Redactor, value: object) -> object:
    """The label of an event, where rules know it."""
    return value if isinstance(value, str) and value in TELLING_LABELS else HIDDEN


RECORD: Final[Mapping[str, Part]] = {
    "status": Redactor.word,
    "desired": Redactor.word,
    **dict.fromkeys(("user_id", "sandbox_id", "org_id", "app", *MACHINES, *VOLUMES), Redactor.name),
    "region": Redactor.region,
    SIZE: size,
    **dict.fromkeys((*MARKS.values(), "provisioned_at", "last_started_at", "last_stopped_at", "retained_until"), plain),
    **dict.fromkeys(("restart_update_sent", "health_check_fail_count", "unmapped_keys"), plain),
    **dict.fromkeys(NOTES, hidden),
    "other_machine_ids": names,
    "other_volume_ids": names,
}
SHOWN: Final[Mapping[str, Part]] = {
    **dict.fromkeys(
        ("id", "app", "name", "volume_id", "attached_machine_id", "sandbox_id", "instance_id"), Redactor.name
    ),
    **dict.fromkeys(("state", "data"), Redactor.word),
    "region": Redactor.region,
    "size": size,
    **dict.fromkeys(("size_gb", "snapshots", "gone"), plain),
}
ARGUMENTS: Final[Mapping[str, Part]] = {
    **dict.fromkeys(("name", "volume_id", "sandbox_id", "app", "machine_id", "source_volume_id"), Redactor.name),
    **dict.fromkeys(("snapshot_id", "instance_id"), Redactor.name),
    **dict.fromkeys(("region", "regions"), Redactor.region),
    **dict.fromkeys(("state", "action"), Redactor.word),
    **dict.fromkeys(("force", "timeout_s", "size_gb"), plain),
    "size": size,
    "metadata": metadata,
}
VALUE: Final[Mapping[str, Part]] = {
    **dict.fromkeys(("started", "stopped", "finalized", "accepted"), plain),
    **dict.fromkeys(("status", "previous_status"), Redactor.word),
}


def record(redactor: Redactor, value: object) -> object:
    """A record: what it has beside the format's keys is counted, because a record with anything in it is not wiped."""
    told, tree = redactor.parts(value, RECORD), value if isinstance(value, dict) else {}
    others = sum(one is not None for key, one in tree.items() if key not in RECORD and key != CLEANING)
    cleaning = {} if tree.get(CLEANING) is None else {CLEANING: True}
    counted = told.get("unmapped_keys")
    unmapped = others + (counted if isinstance(counted, int) else 0)
    return {**told, **cleaning, **({"unmapped_keys": unmapped} if others else {})}


def resources(redactor: Redactor, value: object) -> object:
    """Machines or volumes."""
    return [redactor.parts(one, SHOWN) for one in value] if isinstance(value, list) else []


def body(redactor: Redactor, value: object) -> object:
    """What an answer showed: an object, or several."""
    return resources(redactor, value) if isinstance(value, list) else redactor.parts(value, SHOWN)


def value_of(redactor: Redactor, value: object) -> object:
    """What a reply says happened."""
    return redactor.parts(value, VALUE) if isinstance(value, dict) else redactor.word(value)


LINES: Final[Mapping[str, Part]] = {
    "at": plain,
    "trace": lambda _, value: value,
    "source": hidden,
    **dict.fromkeys(("sandbox_id", "user_id", "app"), Redactor.name),
    **dict.fromkeys(("id", "by", "cause"), Redactor.number),
    "record": record,
    **dict.fromkeys(("alarm_due", "due", "ok", "status", "decided_on", "became"), plain),
    "machines": resources,
    "volumes": resources,
    "op": Redactor.word,
    "value": value_of,
    "body": body,
    "name": Redactor.event,
    "fields": lambda redactor, value: redactor.parts(value, {"data_loss": plain, "label": label}),
}
ERRORS: Final[Mapping[str, Part]] = {"status": plain, "code": hidden}
NULLABLE: Final = ("record", "alarm_due", "due")
"""What must be said even where it is null."""


def redact(lines: Iterable[str]) -> Iterator[str]:
    """The same trace without secrets, line by line. Raises MalformedTraceError."""
    redactor = Redactor()

    def kept() -> Iterator[str]:
        for line in lines:
            waiting.append(line)
            yield line

    waiting: list[str] = []
    for number, _ in in_order(kept()):
        tree = node_of(waiting.pop(), number).keys
        yield json.dumps(_line(redactor, tree), separators=(",", ":"))


def _line(redactor: Redactor, tree: Tree) -> Tree:
    told: dict[str, object] = {"kind": tree["kind"], **redactor.parts(tree, LINES)}
    told |= {key: None for key in NULLABLE if key in tree and tree[key] is None}
    if "args" in tree:
        told["args"] = redactor.parts(tree["args"], ARGUMENTS) if tree["kind"] == "call" else {}
    if tree.get("error") is not None:
        error = tree["error"]
        told["error"] = redactor.parts(error, ERRORS) if isinstance(error, dict) else text(redactor, error)
    return told
