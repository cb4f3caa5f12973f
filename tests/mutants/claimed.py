"""What is claimed of each world: every claim by its name, and of what kind it is."""

from __future__ import annotations

from kiloclaw_adapters.explorer import World
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.world.admission.claims import claims_for
from kiloclaw_core.world.admission.configurations import ADMISSIONS
from kiloclaw_core.world.app_claims import APP_CLAIMS
from kiloclaw_core.world.pairing.caller.claims import CALLER_CLAIMS
from kiloclaw_core.world.pairing.claims import PAIRING_CLAIMS
from kiloclaw_core.world.sizes import SIZE_CLAIMS
from kiloclaw_core.world.supervisor.claims import SUPERVISOR_CLAIMS

KINDS = {
    World.INSTANCE: {**{one.name: one.kind for one in CLAIMS}, **{one.name: one.kind for one in SIZE_CLAIMS}},
    World.APP: {one.name: one.kind for one in APP_CLAIMS},
    World.ADMISSION: {claim.name: claim.kind for one in ADMISSIONS for claim in claims_for(one)},
    World.CACHE: {one.name: one.kind for one in PAIRING_CLAIMS},
    World.SUPERVISOR: {one.name: one.kind for one in SUPERVISOR_CLAIMS},
    World.CALLER: {one.name: one.kind for one in CALLER_CLAIMS},
}
