"""The named configurations: small systems that are searched whole, each for what it lets happen.

The pairs and whatever is as small run in CI, what takes minutes at night, `start-destroy-deep` only when it is asked
for: it takes hours. Each of those here looks at one kind of trouble.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.commands import Tenancy
from kiloclaw_core.machine import Guest, MachineState, Named
from kiloclaw_core.names import AppName, MachineId, Region, SandboxId, UserId, VersionId, VolumeId, machine_name
from kiloclaw_core.world.fly import Fly, TrueMachine, TrueVolume
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.pairs import PAIRS, TRIPLES
from kiloclaw_core.world.setting import IDENTITY, SANDBOX, SMALL, SPEC, Beginning, Budget, Configuration, Suite

OLD_VOLUME: Final = TrueVolume(VolumeId("v-old"), 1, None, IDENTITY.app, Region("ams"), "kiloclaw_ki_1", Named.LEGACY)
"""A volume that an earlier record of this sandbox wrote, and forgot."""
OLD_MACHINE: Final = TrueMachine(
    machine=MachineId("m-old"),
    state=MachineState.STOPPED,
    version=VersionId("i-old"),
    volume=OLD_VOLUME.volume,
    mark=None,
    app=IDENTITY.app,
    name=machine_name(SANDBOX),
    region=Region("ams"),
    sandbox=SANDBOX,
    user=IDENTITY.user,
    revision=None,
    guest=Guest(2, 4096, "shared"),
)
"""The machine of that earlier record: it bears our name, mounts the data, and nobody remembers it."""
STRANGER: Final = TrueMachine(
    machine=MachineId("m-old"),
    state=MachineState.STARTED,
    version=VersionId("i-old"),
    volume=None,
    mark=None,
    app=AppName("app-1"),
    name=machine_name(SANDBOX),
    region=Region("ams"),
    sandbox=SandboxId("ki_2"),
    user=UserId("user-2"),
    revision=None,
    guest=None,
)
"""Somebody else's machine that bears our name."""
NEIGHBOUR: Final = TrueVolume(
    VolumeId("v-neighbour"), 0, None, IDENTITY.app, Region("ams"), "kiloclaw_ki_2", Named.FOREIGN
)
"""Another sandbox's volume in the same app."""
SHOWN: Final = (
    "a machine is up",
    "gone",
    "destroyed while creating",
    "data is written",
    "at rest with something",
    "an instance rests",
    "a request may land unheard",
    "running",
    "two resources go",
)
"""What any start and any destroy with some trouble must show."""
FORGOTTEN: Final = Outside(Fly((OLD_MACHINE,), (OLD_VOLUME,), written=1, latest=1))

UNFOLLOWED: Final = ("tracked at rest", "running has a machine")
"""What need not hold where Fly moves machines: nobody knows a volume's new id before a look, but it ends tracked."""

CONFIGURATIONS: Final[tuple[Configuration, ...]] = (
    Configuration(
        "one-each",
        "A start and a destroy, and no trouble at all.",
        Budget(starts=1, destroys=1),
        suite=Suite.CI,
        polls=True,
    ),
    Configuration(
        "one-trouble",
        "A start and a destroy, a fault and a crash.",
        Budget(starts=1, destroys=1, faults=1, crashes=1),
        suite=Suite.CI,
    ),
    Configuration(
        "start-destroy",
        "Provision, two starts, two destroys, a stop, a fault, a crash; alarms when nothing else can happen; polls.",
        Budget(starts=2, stops=1, destroys=2, faults=1, crashes=1),
        suite=Suite.NIGHTLY,
        witnesses=SHOWN,
        polls=True,
    ),
    Configuration(
        "start-destroy-deep",
        "The same with two faults, two crashes, and a second process that takes over instead.",
        Budget(starts=2, stops=1, destroys=2, faults=2, crashes=2, processes=2),
        witnesses=SHOWN,
        polls=True,
    ),
    Configuration(
        "early-alarms",
        "A start, a stop and a destroy while alarms ring too early.",
        Budget(starts=1, stops=1, destroys=1, early=2),
        suite=Suite.CI,
    ),
    Configuration(
        "blind",
        "A start, a stop and a destroy, a lost answer, and one look that does not show what is there.",
        Budget(starts=1, stops=1, destroys=1, faults=1, blind=1),
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "stalled",
        "A request is held up before it leaves, while its asker loses patience and another conflicts.",
        Budget(starts=1, destroys=1, stalls=1, early=1, conflicts=1),
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "two-processes",
        "Two take-overs while the first process still lives.",
        Budget(starts=1, destroys=1, crashes=2, processes=2, conflicts=1),
        suite=Suite.CI,
    ),
    Configuration(
        "forgotten-machine",
        "The record was wiped: a machine bears our name and mounts the data that nobody remembers.",
        Budget(starts=2, stops=1, destroys=1, faults=1),
        outside=FORGOTTEN,
        # it begins untracked (that it ends tracked is what leads home says)
        without=("tracked at rest",),
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "resurrected",
        "A machine that was stopped starts by itself.",
        Budget(starts=1, stops=1, destroys=1, resurrections=1),
        suite=Suite.CI,
    ),
    Configuration(
        "overstayed",
        "A request lands after its settle: it is not prevented, but what it makes is tracked in the end.",
        Budget(starts=1, destroys=1, early=1, overstays=1),
        # a request that outlives its settle is one more under way, and may land in a grave; leads home says the rest
        without=("one request at a time", "nothing is left behind", "tracked at rest"),
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "shared-app",
        "The app is not ours alone: another sandbox's volume is in it.",
        Budget(starts=1, destroys=1, faults=1),
        identity=evolve(IDENTITY, tenancy=Tenancy.SHARED),
        outside=Outside(Fly((), (NEIGHBOUR,), written=0)),
        suite=Suite.CI,
    ),
    Configuration(
        "stranger",
        "Somebody else's machine bears our name.",
        Budget(starts=2, destroys=1, faults=1),
        outside=Outside(Fly((STRANGER,))),
        suite=Suite.CI,
    ),
    Configuration(
        "forgotten-volume",
        "The record was wiped, and its machine is gone: a volume bears the data that nobody remembers.",
        Budget(starts=1, stops=1, destroys=1, faults=1),
        outside=Outside(Fly((), (OLD_VOLUME,), written=1, latest=1)),
        # it begins untracked (that it ends tracked is what leads home says)
        without=("tracked at rest",),
        suite=Suite.CI,
    ),
    Configuration(
        "migrated",
        "Fly moves a machine to another host, and with it its volume, under another id.",
        Budget(starts=1, stops=1, restarts=1, destroys=1, migrations=1),
        beginning=Beginning.RUNNING,
        without=UNFOLLOWED,
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "migrated-and-recovered",
        "Fly moves a machine to another host while an unexpected stop is recovered from.",
        Budget(stops=1, quits=1, migrations=1),
        beginning=Beginning.RUNNING,
        without=UNFOLLOWED,
        suite=Suite.CI,
    ),
    Configuration(
        "migrated-and-restored",
        "Fly moves a machine to another host, and an operator goes back to a snapshot.",
        Budget(stops=1, restores=1, migrations=1),
        beginning=Beginning.RUNNING,
        snapshots=1,
        without=UNFOLLOWED,
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "migrated-and-full",
        "Fly moves a machine to another host while there is no room for it where it was.",
        Budget(starts=1, stops=1, full=1, migrations=1),
        beginning=Beginning.RUNNING,
        without=UNFOLLOWED,
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "migrated-and-blind",
        "Fly moves a machine to another host, and two views lag behind it.",
        Budget(quits=1, migrations=1, blind=2),
        beginning=Beginning.RUNNING,
        snapshots=1,
        without=UNFOLLOWED,
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "migrated-unseen",
        "Fly moves a machine to another host while it is stopped and started, and a view lags.",
        Budget(starts=1, stops=1, migrations=1, blind=1),
        beginning=Beginning.RUNNING,
        snapshots=1,
        without=UNFOLLOWED,
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "lost-volume",
        "A volume is lost for good, and its machine with it; there is a snapshot.",
        Budget(starts=1, destroys=1, losses=1, faults=1),
        beginning=Beginning.RUNNING,
        snapshots=1,
        witnesses=("a volume moves",),
        # Fly may lose the successor of a kept volume after the look that let the kept one go
        without=("the data is kept",),
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "lost-for-good",
        "A volume is lost for good, and there is no snapshot of it.",
        Budget(starts=1, destroys=1, losses=1, crashes=1),
        beginning=Beginning.RUNNING,
        suite=Suite.CI,
    ),
    Configuration(
        "dead-host",
        "A host does not answer any more, for a while or for ever.",
        Budget(starts=1, stops=1, destroys=1, outages=1),
        policy=evolve(SMALL, failures_before_leaving=1),
        beginning=Beginning.RUNNING,
        snapshots=1,
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "dead-host-restarted",
        "A host does not answer any more while its machine is restarted.",
        Budget(restarts=1, destroys=1, outages=1),
        policy=evolve(SMALL, failures_before_leaving=1),
        beginning=Beginning.RUNNING,
        snapshots=1,
        suite=Suite.CI,
    ),
    Configuration(
        "dead-host-recovered",
        "A host does not answer any more, and an operator has the machine moved away from it.",
        Budget(recovers=1, stops=1, destroys=1, outages=1),
        policy=evolve(SMALL, failures_before_leaving=1),
        beginning=Beginning.RUNNING,
        snapshots=1,
        witnesses=("a volume moves",),
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "loops",
        "A machine stops again and again.",
        Budget(quits=3, recovers=1),
        beginning=Beginning.RUNNING,
        witnesses=("recovering", "a volume is kept"),
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "dies-again",
        "A machine stops twice within an hour, finds no room where it is, and may be moved once.",
        Budget(quits=2, full=1),
        policy=evolve(SMALL, recoveries_a_day=2, moves_an_hour=1),
        beginning=Beginning.RUNNING,
        witnesses=("recovering", "a volume is kept"),
        suite=Suite.CI,
    ),
    Configuration(
        "kept-volumes",
        "Two recoveries, an operator who cleans up, and one who goes back to a volume that was left.",
        Budget(quits=2, stops=1, clean_ups=1, reassociations=1),
        policy=evolve(SMALL, recoveries_a_day=2),
        beginning=Beginning.RUNNING,
        witnesses=("recovering", "restoring", "a volume is kept"),
        suite=Suite.NIGHTLY,
    ),
    Configuration(
        "walk",
        "There is no room where the volume is, nor in the first region that is asked for a copy.",
        Budget(starts=1, destroys=1, full=2),
        spec=evolve(SPEC, regions=(Region("ams"), Region("fra"), Region("iad"))),
        beginning=Beginning.HALTED,
        witnesses=("a volume moves",),
        suite=Suite.CI,
    ),
    Configuration(
        "stale-provision",
        "An instance was provisioned and is forgotten; somebody may yet start it.",
        Budget(starts=1, faults=1, crashes=1),
        policy=evolve(SMALL, stale_provision_s=1.0),
        suite=Suite.CI,
    ),
    *PAIRS,
    *TRIPLES,
)


def configuration_named(name: str) -> Configuration:
    """The configuration of this name; a `KeyError` lists those there are."""
    for configuration in CONFIGURATIONS:
        if configuration.name == name:
            return configuration
    msg = f"no configuration is named {name!r}; there are {', '.join(one.name for one in CONFIGURATIONS)}"
    raise KeyError(msg)
