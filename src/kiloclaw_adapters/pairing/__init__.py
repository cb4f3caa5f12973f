"""Calling the controller of a machine: what is pending, an approval, and whether it is well; whatever its age."""

from __future__ import annotations

from kiloclaw_adapters.pairing.bearer import token_of
from kiloclaw_adapters.pairing.calling import PairingCalls
from kiloclaw_adapters.pairing.client import ControllerClient, Target
from kiloclaw_adapters.pairing.executing import Executing
from kiloclaw_adapters.pairing.probing import until_well

__all__ = ("ControllerClient", "Executing", "PairingCalls", "Target", "token_of", "until_well")
