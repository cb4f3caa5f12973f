"""Secrets that grow old: a machine whose config was rendered long ago is given a new one when it next comes up.

The core never sees a secret, nor when one expires; it knows how old a rendered config may grow (reconcile 2.11). No
machine is restarted for that: the config counts as outdated, and the next start or restart renders it anew. Handing a
running machine its new key at once is its controller's affair.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.instance import Instance, Note, Transition
from kiloclaw_core.names import OpId
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.verbs import our_machine, stay


def alarms(instance: Instance) -> tuple[Alarm, ...]:
    """When the config that our machine has is too old, if it is the current one and its secrets ever age."""
    age_s, machine = instance.policy.secrets_age_s, instance.ledger.machine
    if age_s is None or machine is None or machine.revision != instance.spec.revision:
        return ()
    return (Alarm(AlarmName.SECRETS_AGE, OpId(machine.revision), age_s),)


def grew_old(instance: Instance) -> Transition:
    """The config is outdated from now on, though nothing in it was changed: its secrets are."""
    spec = evolve(instance.spec, revision=instance.spec.revision + 1)
    line = Note("api_key_expiry_approaching", (("machine_id", our_machine(instance).machine),))
    return stay(evolve(instance, spec=spec), line)
