"""The supervisor of the gateway: one child at a time, started again when it ends, ended within a bound when asked.

One frozen record with its own commands, facts, effects and alarms, beside it the lines that a child writes and how far
the controller has come up. Processes are somebody else's.
"""

from kiloclaw_core.supervisor.lifecycle import (
    supervisor_absorb,
    supervisor_alarms_of,
    supervisor_ask,
    supervisor_decide,
)
from kiloclaw_core.supervisor.lines import LineBuffer, drained, fed
from kiloclaw_core.supervisor.policy import SupervisorPolicy
from kiloclaw_core.supervisor.record import Supervisor, SupervisorTransition
from kiloclaw_core.supervisor.standing import (
    Booting,
    Degraded,
    Ready,
    Stage,
    Standing,
    ended,
    health_words,
    next_stage,
    serves_routes,
    stage_ended,
    starts_cache,
)
from kiloclaw_core.supervisor.views import SupervisorView, refusal_words, state_of, supervisor_view
from kiloclaw_core.supervisor.vocabulary import (
    Arrived,
    Exit,
    Exited,
    NotSpawned,
    PassOn,
    RestartChild,
    SendSignal,
    ShutDown,
    Signal,
    Spawn,
    Spawned,
    StartChild,
    StopChild,
    SupervisorAlarm,
    SupervisorAlarmName,
    SupervisorCommand,
    SupervisorEffect,
    SupervisorFact,
    SupervisorRang,
    SupervisorRefusal,
)

__all__ = [
    "Arrived",
    "Booting",
    "Degraded",
    "Exit",
    "Exited",
    "LineBuffer",
    "NotSpawned",
    "PassOn",
    "Ready",
    "RestartChild",
    "SendSignal",
    "ShutDown",
    "Signal",
    "Spawn",
    "Spawned",
    "Stage",
    "Standing",
    "StartChild",
    "StopChild",
    "Supervisor",
    "SupervisorAlarm",
    "SupervisorAlarmName",
    "SupervisorCommand",
    "SupervisorEffect",
    "SupervisorFact",
    "SupervisorPolicy",
    "SupervisorRang",
    "SupervisorRefusal",
    "SupervisorTransition",
    "SupervisorView",
    "drained",
    "ended",
    "fed",
    "health_words",
    "next_stage",
    "refusal_words",
    "serves_routes",
    "stage_ended",
    "starts_cache",
    "state_of",
    "supervisor_absorb",
    "supervisor_alarms_of",
    "supervisor_ask",
    "supervisor_decide",
    "supervisor_view",
]
