"""The pure core: what a record becomes and what is asked of the outside, decided without doing any of it.

It leaves clocks, networks, files and chance to `kiloclaw_adapters`. `decide` and `absorb` are all there is to run an
instance; `compose` has both in one call for a caller who is alone with the record.
"""

from __future__ import annotations

from kiloclaw_core.actions import ActionView
from kiloclaw_core.alarms import alarms_of, awaited_ops
from kiloclaw_core.commands import (
    Admission,
    CleanUp,
    Close,
    Command,
    Desired,
    Destroy,
    Disown,
    Identity,
    OverrideSize,
    Provision,
    Reassociate,
    Recover,
    Refusal,
    Resize,
    Restart,
    Restore,
    Start,
    Stop,
    Tenancy,
)
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Absent, FailureNote, Instance, Note, Record, Transition
from kiloclaw_core.ledger import Ledger
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.machine import Guest, Spec
from kiloclaw_core.outcomes import Outcome, Rejected, Unknown, Why
from kiloclaw_core.phases import Alarm, AlarmName, Phase
from kiloclaw_core.policy import Policy
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Story
from kiloclaw_core.views import DebugView, View, debug_view, view

__all__ = (
    "Absent",
    "ActionView",
    "Admission",
    "Alarm",
    "AlarmName",
    "AlarmRang",
    "CleanUp",
    "Close",
    "Command",
    "DebugView",
    "Desired",
    "Destroy",
    "Disown",
    "Effect",
    "Fact",
    "FailureNote",
    "Guest",
    "Identity",
    "Instance",
    "Ledger",
    "Note",
    "Outcome",
    "OverrideSize",
    "Phase",
    "Policy",
    "Provision",
    "Reassociate",
    "Record",
    "Recover",
    "Recovered",
    "Refusal",
    "Rejected",
    "Replied",
    "Resize",
    "Restart",
    "Restore",
    "Spec",
    "Start",
    "Stop",
    "Story",
    "Tenancy",
    "Transition",
    "Unknown",
    "View",
    "Why",
    "Woken",
    "absorb",
    "alarms_of",
    "awaited_ops",
    "debug_view",
    "decide",
    "status_of",
    "view",
)
