"""What is claimed of the app's record and its world together: predicates over one moment, named in English.

Every *always* has a *sometimes* that shows the danger was there.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from attrs import frozen

from kiloclaw_core.app.alarms import app_alarms_of
from kiloclaw_core.app.effects import CreateApp
from kiloclaw_core.app.names import ENV_KEY
from kiloclaw_core.app.outcomes import AddressKind
from kiloclaw_core.app.phases import (
    AppPhase,
    Collided,
    Confirming,
    ListingAddresses,
    Ready,
    Settling,
    Sought,
    Unready,
    Verifying,
)
from kiloclaw_core.app.record import App, AppRecord, Standing
from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import Look
from kiloclaw_core.world.apps import TrueApp


class Fate(Enum):
    """What others may do to the app or to its name, once."""

    NONE = "nothing"
    STRANGER = "a stranger takes the name in another organisation"
    KIN = "another owner of our organisation takes the name"
    DARK = "another owner takes the name, and the host of his machine does not answer"
    SELF = "a lost process of the same owner has made and addressed the app"
    BARE = "somebody of our organisation has made and addressed the app, without a machine"
    DELETED = "somebody deletes the app"


THEIRS = frozenset({Fate.STRANGER, Fate.KIN, Fate.DARK})


@frozen
class AppScene:
    """One moment: the durable record, the app as it really is, what befell it, and what may still land."""

    record: AppRecord
    app: TrueApp | None
    fate: Fate
    creates: tuple[CreateApp, ...]
    quiet: bool

    @property
    def phase(self) -> AppPhase | None:
        """What the record waits for or rests in; None while there is no record."""
        return self.record.phase if isinstance(self.record, App) else None

    @property
    def resting(self) -> bool:
        """Whether nothing is under way."""
        return isinstance(self.phase, Ready | Unready | Collided)


def one_address_of_a_kind(scene: AppScene) -> bool:
    """Whether no address was allocated twice."""
    return scene.app is None or all(scene.app.addresses.count(kind) <= 1 for kind in AddressKind)


def an_allocation_in_doubt_landed(scene: AppScene) -> bool:
    """Whether a v6 address is there though its allocation was never answered."""
    in_doubt = isinstance(scene.phase, Settling) and scene.phase.sought is Sought.ADDRESS
    return in_doubt and scene.app is not None and AddressKind.V6 in scene.app.addresses


def an_address_was_missed(scene: AppScene) -> bool:
    """Whether an app that has its v6 address was listed without it, so that one look would have doubled it."""
    if not isinstance(scene.phase, ListingAddresses) or not isinstance(scene.record, App) or scene.app is None:
        return False
    missed = AddressKind.V6 in scene.record.missing and AddressKind.V6 in scene.app.addresses
    return missed and scene.phase.look is Look.SECOND


def never_in_theirs(scene: AppScene) -> bool:
    """Whether nothing of ours is in an app that is somebody else's, and we are not ready in it."""
    if scene.app is None or scene.fate not in THEIRS:
        return True
    return not isinstance(scene.phase, Ready) and not scene.app.addresses and not scene.app.secrets


def owner_is_durable(scene: AppScene) -> bool:
    """Whether every create that may land makes the very app that the record was written for."""
    if not scene.creates:
        return True
    who = scene.record.identity if isinstance(scene.record, App) else None
    return who is not None and all(
        (one.app, one.org_slug, one.network) == (who.app, who.org_slug, who.network) for one in scene.creates
    )


def ready_is_true(scene: AppScene) -> bool:
    """Whether a ready app has both addresses and the key; one that was deleted behind our back has nothing."""
    if not isinstance(scene.phase, Ready):
        return True
    if scene.app is None:
        return scene.fate is Fate.DELETED
    return set(scene.app.addresses) == set(AddressKind) and _key_is_ours(scene) and _version_is_there(scene)


def _version_is_there(scene: AppScene) -> bool:
    known = scene.phase.secrets_version if isinstance(scene.phase, Ready) else 0
    return scene.app is not None and 1 <= known <= scene.app.version


def _key_is_ours(scene: AppScene) -> bool:
    return scene.app is not None and isinstance(scene.record, App) and scene.app.secret(ENV_KEY) == scene.record.key


def the_first_key_stays(scene: AppScene) -> bool:
    """Whether the app has no other key than the record's, which is the first that was ever supplied."""
    if not isinstance(scene.record, App):
        return True
    keyed = scene.app is not None and scene.app.secret(ENV_KEY) is not None
    return scene.record.key == "first key" and (not keyed or _key_is_ours(scene))


def every_wait_has_an_alarm(scene: AppScene) -> bool:
    """Whether nothing is waited for without an alarm."""
    waiting = scene.phase is not None and not isinstance(scene.phase, Ready | Collided)
    return not waiting or bool(app_alarms_of(scene.record))


def at_home(scene: AppScene) -> bool:
    """Whether the record rests, truthfully, with nothing asked and nothing on its way."""
    if not isinstance(scene.record, App):
        return scene.quiet
    noted = isinstance(scene.phase, Ready) is (scene.record.note is None)
    return scene.quiet and scene.resting and scene.record.asked is None and noted


def refused_for(why: Why) -> Callable[[AppScene], bool]:
    """Whether a create is confirmed that was refused for this reason."""
    return lambda scene: isinstance(scene.phase, Confirming) and scene.phase.refusal == Rejected(why)


def collided_by(fate: Fate) -> Callable[[AppScene], bool]:
    """Whether the record rests before an app that befell this."""
    return lambda scene: isinstance(scene.phase, Collided) and scene.fate is fate


def ready_by(fate: Fate) -> Callable[[AppScene], bool]:
    """Whether the app is ready after this."""
    return lambda scene: isinstance(scene.phase, Ready) and scene.fate is fate


def _always(name: str, sentence: str, reads: tuple[str, ...], holds: Callable[[AppScene], bool]) -> Claim[AppScene]:
    return Claim(name, sentence, Kind.ALWAYS, reads, holds)


def _sometimes(name: str, reads: tuple[str, ...], holds: Callable[[AppScene], bool]) -> Claim[AppScene]:
    return Claim(name, f"It happens: {name}.", Kind.SOMETIMES, reads, holds)


SAFE = (
    _always("one address of a kind", "No app ever has two addresses of one kind.", ("apps",), one_address_of_a_kind),
    _always(
        "never in theirs",
        "Nothing of ours is put into somebody else's app, and we are never ready in one.",
        ("record", "apps", "fate"),
        never_in_theirs,
    ),
    _always(
        "the owner is durable",
        "Whatever create may land, the record already says for whom.",
        ("record", "bag"),
        owner_is_durable,
    ),
    _always(
        "ready is true",
        "A ready app has both addresses and the record's key, as of a version that is there.",
        ("record", "apps", "fate"),
        ready_is_true,
    ),
    _always(
        "the first key stays",
        "The first key supplied is the only one ever set.",
        ("record", "apps"),
        the_first_key_stays,
    ),
    _always("every wait has an alarm", "Nothing is waited for without an alarm.", ("record",), every_wait_has_an_alarm),
)

WITNESSES = (
    _sometimes("an allocation in doubt landed", ("record", "apps"), an_allocation_in_doubt_landed),
    _sometimes("an address was missed", ("record", "apps"), an_address_was_missed),
    _sometimes("a stranger has the name", ("record", "fate"), collided_by(Fate.STRANGER)),
    _sometimes("another owner has the app", ("record", "fate"), collided_by(Fate.KIN)),
    _sometimes(
        "an unreadable machine keeps us out",
        ("record", "fate"),
        lambda scene: isinstance(scene.phase, Unready) and scene.fate is Fate.DARK,
    ),
    _sometimes("an app of the same owner is taken over", ("record", "fate"), ready_by(Fate.SELF)),
    _sometimes("an empty app is taken over", ("record", "fate"), ready_by(Fate.BARE)),
    _sometimes(
        "a deleted app is made again",
        ("record", "apps", "fate"),
        lambda scene: ready_by(Fate.DELETED)(scene) and scene.app is not None,
    ),
    _sometimes(
        "a listing of machines was empty",
        ("record",),
        lambda scene: isinstance(scene.phase, Verifying) and scene.phase.look is Look.SECOND,
    ),
    _sometimes("a create met a taken name", ("record",), refused_for(Why.NAME_TAKEN)),
    _sometimes("a create in doubt was looked for", ("record",), refused_for(Why.NO_ANSWER)),
    _sometimes(
        "written before anything was called",
        ("record", "apps", "bag"),
        lambda scene: isinstance(scene.record, App) and scene.app is None and scene.quiet,
    ),
    _sometimes(
        "ready as of a later version",
        ("record",),
        lambda scene: isinstance(scene.phase, Ready) and scene.phase.secrets_version > 1,
    ),
    _sometimes(
        "ready in an app that we made",
        ("record",),
        lambda scene: (
            isinstance(scene.record, App) and isinstance(scene.phase, Ready) and scene.record.standing is Standing.MADE
        ),
    ),
)

HOMEWARD = Claim(
    "rest is reached",
    "Whatever happened, the record comes to rest: ready, or with a note that says why not.",
    Kind.LEADS_HOME,
    ("record", "bag"),
    at_home,
)

APP_CLAIMS: tuple[Claim[AppScene], ...] = (*SAFE, *WITNESSES, HOMEWARD)
