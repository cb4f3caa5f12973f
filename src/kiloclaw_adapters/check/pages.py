"""The reference page of the rules, made from their table."""

from __future__ import annotations

from typing import Final

from kiloclaw_core.rules import NEEDS, RULES, Need, Rule

PAGE: Final = "docs/reference/rules.md"
HEAD: Final = """# Rules

What `kiloclaw check` judges a trace by, in the order in which it tells them.
This page is made from `kiloclaw_core.rules`; a test holds the two together.
A rule is *held*, *broken*, or *not judged* where the trace lacks what it needs.
What every trace needs is an `initial` line; without one nothing is judged.

Where a trace tells no truth (`effect` and `world` lines), and a request changed something, or may have, the rules that
the explorer claims as well are judged by those [claims](claims.md), over everything that the answers allow; the others
that need the truth are not judged.
Where requests are told of (`call` lines), and none of them can have changed anything, what stood there at first is the
truth.
Where neither the truth nor a request to the provider is told, no rule that needs the truth is held.
[Check your service](../how-to/check-your-service.md) says what to log, and [Traces](trace.md) how.

| rule | what it says |
|---|---|
"""


def rules_page() -> str:
    """The whole page."""
    index = "".join(f"| [{one.name}](#{one.name}) | {one.sentence} |\n" for one in RULES)
    return HEAD + index + "".join(f"\n{_section(one)}" for one in RULES)


def _section(rule: Rule) -> str:
    parts = [f"## {rule.name}\n", f"{rule.sentence}\n", f"{rule.judged}\n"]
    parts.append(f"Instead: {rule.instead[0].lower()}{rule.instead[1:]}\n")
    needs = "; ".join(NEEDS[need] for need in Need if need in rule.needs)
    parts.append(f"Needs {needs}.\n" if needs else "Needs nothing but what every trace has.\n")
    if rule.claims:
        quoted = ", ".join(f"*{name}*" for name in rule.claims)
        parts.append(f"Claimed by the explorer as {quoted}.\n")
    return "\n".join(parts)
