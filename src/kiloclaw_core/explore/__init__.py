"""A generic checker for systems that are products of components; it knows nothing of kiloclaw.

Describe a system as a `Product` and `explore` it: every reachable state is searched, every claim is judged, and what is
found comes with the shortest trace, a code to replay it and tables and drawings to read it by.
"""

from kiloclaw_core.explore.canonical import canonical, renamed, renaming
from kiloclaw_core.explore.interned import explore, report_of
from kiloclaw_core.explore.labels import Label
from kiloclaw_core.explore.lanes import Lanes, draw_lanes, draw_steps, draw_verdict, mermaid_sequence
from kiloclaw_core.explore.model import Action, Cell, Claim, Kind, Model, Move, When
from kiloclaw_core.explore.naive import Choice, Explored, ProductModel, explore_naively, report_naively
from kiloclaw_core.explore.product import (
    BAG,
    Aspect,
    EachSlot,
    Joint,
    Local,
    Mirror,
    Ordered,
    Product,
    Pruning,
    Rule,
    Sweep,
    check_product,
)
from kiloclaw_core.explore.renumbering import Renumbering
from kiloclaw_core.explore.replay import Passage, ReplayError, passages, replay_code, replay_labels
from kiloclaw_core.explore.report import Progress, Report, Step, Trace, Verdict, Word
from kiloclaw_core.explore.table import markdown_table, mermaid_states

__all__ = (
    "BAG",
    "Action",
    "Aspect",
    "Cell",
    "Choice",
    "Claim",
    "EachSlot",
    "Explored",
    "Joint",
    "Kind",
    "Label",
    "Lanes",
    "Local",
    "Mirror",
    "Model",
    "Move",
    "Ordered",
    "Passage",
    "Product",
    "ProductModel",
    "Progress",
    "Pruning",
    "Renumbering",
    "ReplayError",
    "Report",
    "Rule",
    "Step",
    "Sweep",
    "Trace",
    "Verdict",
    "When",
    "Word",
    "canonical",
    "check_product",
    "draw_lanes",
    "draw_steps",
    "draw_verdict",
    "explore",
    "explore_naively",
    "markdown_table",
    "mermaid_sequence",
    "mermaid_states",
    "passages",
    "renamed",
    "renaming",
    "replay_code",
    "replay_labels",
    "report_naively",
    "report_of",
)
