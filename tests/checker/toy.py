"""Clients that race for one lock over a network that loses messages: the toy on which the checker is tested.

A client asks with a numbered request and asks again when nothing else can happen. The lock remembers whom it was
granted and for which request, and reminds its owner when it refuses another. A grant that nobody waits for is given
back. `Bug` takes one of these rules away.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from enum import Enum
from functools import partial
from typing import NewType, TypeAlias

from attrs import evolve, field, frozen

from kiloclaw_core.explore import (
    Action,
    Aspect,
    Claim,
    EachSlot,
    Joint,
    Kind,
    Label,
    Local,
    Move,
    Pruning,
    Renumbering,
    Rule,
    Sweep,
    When,
)

OpId = NewType("OpId", int)
Name: TypeAlias = str


class Mood(Enum):
    """What a client is doing."""

    IDLE = "idle"
    ASKING = "asking"
    HOLDING = "holding"
    DONE = "done"


class Bug(Enum):
    """The rule that a broken variant leaves out."""

    NONE = "none"
    GENEROUS_LOCK = "the lock is granted to everybody"
    NO_ALARM = "nobody asks again after a loss"
    HASTY_ALARM = "asking again is as calm as a delivery"
    STALE_GRANT_KEPT = "a grant nobody waits for is dropped instead of given back"
    UNNUMBERED_RELEASE = "a release frees the lock whatever request it was granted for"


@frozen
class Client:
    """One client: its mood, and the request it waits for or holds the lock by."""

    mood: Mood
    op: OpId | None = None


@frozen
class Lock:
    """Who holds the lock, by which request, and the number of the next request."""

    owner: Name | None
    op: OpId | None
    next: OpId


@frozen
class Budget:
    """How many losses, crashes and early alarms may still happen."""

    losses: int
    crashes: int
    early: int


@frozen
class Request:
    """A client asks for the lock."""

    client: Name
    op: OpId


@frozen
class Grant:
    """The lock says yes."""

    client: Name
    op: OpId


@frozen
class Release:
    """A client gives the lock back; never lost."""

    client: Name
    op: OpId


Message: TypeAlias = Request | Grant | Release


@frozen
class Scene:
    """What claims see: every client by name, the lock, and what is on its way."""

    clients: Mapping[Name, Client]
    lock: Hashable
    bag: tuple[Hashable, ...]

    def moods(self) -> list[Mood]:
        """What the clients are doing, in their order."""
        return [client.mood for client in self.clients.values()]


def action(lane: str, text: str) -> Action:
    """An action whose line begins with its lane."""
    return Action(f"{lane}: {text}", lane)


def at_lock(message: Message, _blocked: bool, lock: Lock, *, bug: Bug) -> Iterator[Move]:  # noqa: FBT001
    """A request or a release reaches the lock."""
    match message:
        case Request(client, op):
            if lock.owner in {None, client} or bug is Bug.GENEROUS_LOCK:
                granted = evolve(lock, owner=client, op=op)
                what = action("lock", f"grant {op} to {client}")
                yield Move(what, When.CALM, (("lock", granted),), (Grant(client, op),), cell=("lock", "ask", "grant"))
            else:
                reminder = (Grant(lock.owner, lock.op),) if lock.owner and lock.op is not None else ()
                what = action("lock", f"refuse {op} of {client}")
                yield Move(what, When.CALM, kept=reminder, cell=("lock", "ask", "refuse"))
        case Release(client, op):
            whose = lock.owner if bug is Bug.UNNUMBERED_RELEASE else (lock.owner, lock.op)
            mine = whose == (client if bug is Bug.UNNUMBERED_RELEASE else (client, op))
            freed = evolve(lock, owner=None, op=None) if mine else lock
            yield Move(action("lock", f"hear release {op} of {client}"), When.CALM, (("lock", freed),))
        case Grant():
            return


def at_client(message: Message, _blocked: bool, client: Client, *, name: Name, bug: Bug) -> Iterator[Move]:  # noqa: FBT001
    """A grant reaches its client."""
    match message:
        case Grant(to, op) if to == name:
            if client.mood is Mood.ASKING and client.op == op:
                yield Move(
                    action(name, f"take {op}"),
                    When.CALM,
                    ((name, evolve(client, mood=Mood.HOLDING)),),
                    cell=("asking", "grant", "holding"),
                )
            elif client.mood is not Mood.HOLDING or client.op != op:
                back = () if bug is Bug.STALE_GRANT_KEPT else (Release(name, op),)
                yield Move(
                    action(name, f"give back {op}"),
                    When.CALM,
                    kept=back,
                    cell=(client.mood.value, "grant", "give back"),
                )
            else:
                yield Move(action(name, f"hear {op} again"), When.CALM)
        case Grant() | Request() | Release():
            return


def work(client: Client, *, name: Name) -> Iterator[Move]:
    """A holder finishes and gives the lock back."""
    if client.mood is Mood.HOLDING and client.op is not None:
        what = action(name, "finish")
        yield Move(what, When.CALM, ((name, Client(Mood.DONE)),), spawned=(Release(name, client.op),))


def ask(client: Client, lock: Lock, budget: Budget, *, name: Name, bug: Bug) -> Iterator[Move]:
    """A client begins to ask, or asks again: when all is quiet, or early."""
    asked = (
        (name, Client(Mood.ASKING, lock.next)),
        ("lock", evolve(lock, next=OpId(lock.next + 1))),
    )
    request = (Request(name, lock.next),)
    if client.mood is Mood.IDLE:
        yield Move(action(name, "ask"), When.FREE, asked, spawned=request, cell=("idle", "ask", "asking"))
    if client.mood is Mood.ASKING and bug is not Bug.NO_ALARM:
        when = When.CALM if bug is Bug.HASTY_ALARM else When.QUIET
        yield Move(action(name, "ask again"), when, asked, spawned=request, cell=("asking", "alarm", "asking"))
    if client.mood is Mood.ASKING and budget.early:
        paid = (*asked, ("budget", evolve(budget, early=budget.early - 1)))
        yield Move(action(name, "ask again early"), When.FREE, paid, spawned=request)


def lose(message: Message, _blocked: bool, budget: Budget) -> Iterator[Move]:  # noqa: FBT001
    """The network loses a request or a grant."""
    if budget.losses and not isinstance(message, Release):
        paid = evolve(budget, losses=budget.losses - 1)
        what = action("network", f"lose {type(message).__name__.lower()} {message.op}")
        yield Move(what, When.FREE, (("budget", paid),))


def crash(budget: Budget) -> Iterator[Move]:
    """The network forgets everything but releases."""
    if budget.crashes:
        yield Move(action("network", "crash"), When.FREE, (("budget", evolve(budget, crashes=budget.crashes - 1)),))


def survives(message: Message) -> Message | None:
    """Only releases survive a crash."""
    return message if isinstance(message, Release) else None


@frozen
class Race:
    """The product: so many clients, so many faults, and perhaps a bug."""

    clients: tuple[Name, ...] = ("left", "right")
    budget: Budget = Budget(1, 1, 0)
    bug: Bug = Bug.NONE
    numbered: bool = True
    anchor: str | None = None
    pruning: Pruning | None = None
    aspects: Mapping[str, Aspect] = field(factory=dict, eq=False)
    mirror: None = None
    allowance: str | None = None
    claims: tuple[Claim[Scene], ...] = field(init=False)
    names: tuple[str, ...] = field(init=False)
    rules: tuple[Rule, ...] = field(init=False)
    _renumbering: Renumbering = field(init=False, factory=lambda: Renumbering({OpId: Label(int, OpId)}), eq=False)

    @claims.default
    def _claims(self) -> tuple[Claim[Scene], ...]:
        return claims_of(self.clients)

    @names.default
    def _names(self) -> tuple[str, ...]:
        return (*self.clients, "lock", "budget")

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        return (
            EachSlot(("lock",), partial(at_lock, bug=self.bug)),
            *(EachSlot((name,), partial(at_client, name=name, bug=self.bug)) for name in self.clients),
            *(Local((name,), partial(work, name=name)) for name in self.clients),
            *(Local((name, "lock", "budget"), partial(ask, name=name, bug=self.bug)) for name in self.clients),
            EachSlot(("budget",), lose),
            Sweep(("budget",), crash, survives),
        )

    def initial(self) -> Joint:
        """Everybody is idle and the lock is free."""
        return Joint((*(Client(Mood.IDLE) for _ in self.clients), Lock(None, None, OpId(7)), self.budget), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The requests a value mentions; none where the product keeps its numbers as they are."""
        return self._renumbering.numbers(value) if self.numbered else ()

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value with its requests renumbered."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[str, str, int]:
        """Messages by kind, client and request."""
        assert isinstance(slot, Message)
        return (type(slot).__name__, slot.client, slot.op)

    def scene(self, joint: Joint, /) -> Scene:
        """The clients by name."""
        clients = {
            name: part for name, part in zip(self.clients, joint.parts, strict=False) if isinstance(part, Client)
        }
        return Scene(clients, joint.parts[-2], joint.bag)


def claims_of(clients: tuple[Name, ...]) -> tuple[Claim[Scene], ...]:
    """The claims about a race of these clients."""
    return (
        Claim(
            "one holder",
            "At most one client holds the lock.",
            Kind.ALWAYS,
            clients,
            lambda scene: scene.moods().count(Mood.HOLDING) <= 1,
        ),
        Claim(
            "all done",
            "Everybody may get the lock once.",
            Kind.SOMETIMES,
            clients,
            lambda scene: set(scene.moods()) == {Mood.DONE},
        ),
        Claim(
            "quiet at the end",
            "All may be done with nothing on its way.",
            Kind.SOMETIMES,
            (*clients, "bag"),
            lambda scene: set(scene.moods()) == {Mood.DONE} and not scene.bag,
        ),
        Claim(
            "asking ends",
            "Whoever asks is done some day.",
            Kind.LEADS_HOME,
            clients,
            lambda scene: not {Mood.ASKING, Mood.HOLDING} & set(scene.moods()),
        ),
    )
