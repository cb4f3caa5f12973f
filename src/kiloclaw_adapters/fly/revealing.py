"""Looks up the secrets that a config names, and keeps their values out of everything but the request.

A value goes from whoever keeps it into the body that is sent. Fly may repeat what it was sent, so the values are taken
out of whatever is told of its answer. What a value is for is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from attrs import evolve, field, frozen

from kiloclaw_adapters.fly.classify import FlyEffect
from kiloclaw_adapters.ports import Secrets
from kiloclaw_core.effects import CreateMachine, UpdateMachine
from kiloclaw_core.outcomes import Outcome, Rejected, Unknown, Why

SHORTEST: Final = 4
"""A shorter value guards nothing, and its letters stand in every other word."""
PLAIN: Final = re.compile(r"""[^\x00-\x1f\x7f-\U0010ffff"'/<>&\\]+""")
"""What nobody quotes."""
BACKSLASHES: Final = r"\\+"
SHORTHANDS: Final = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}


@frozen(eq=False)
class Revealed:
    """The values of the secrets of one config by their variables; they show themselves to Fly and to nobody else."""

    values: Mapping[str, str] = field(factory=dict, repr=False)

    def removed_from(self, outcome: Outcome) -> Outcome:
        """The outcome without the values, should its text have repeated any, however they are quoted there."""
        if not isinstance(outcome, Rejected | Unknown):
            return outcome  # it says nothing in words of Fly's
        text = outcome.text
        for value in sorted(self.values.values(), key=len, reverse=True):  # else a part of one would be left
            if len(value) >= SHORTEST and all(run in text for run in PLAIN.findall(value)):  # a pattern is dear
                text = _quoted(value).sub("[secret]", text)
        return evolve(outcome, text=text)


def _quoted(value: str) -> re.Pattern[str]:
    """The value as it may stand in JSON, in JSON within JSON, or in an error of a library, however each quotes it."""
    parts = re.split(r"\\+", value)
    return re.compile(BACKSLASHES.join("".join(map(_letter, part)) for part in parts))


def _letter(letter: str) -> str:
    if PLAIN.fullmatch(letter):
        return re.escape(letter)
    units = letter.encode("utf-16-be", "surrogatepass")  # JSON writes what is beyond 16 bits as two codes
    codes = "".join(rf"{BACKSLASHES}u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
    code = rf"{BACKSLASHES}[ux]0*{ord(letter):x}"
    short = rf"{BACKSLASHES}{SHORTHANDS[letter]}|" if letter in SHORTHANDS else ""
    return rf"(?:\\*{re.escape(letter)}|{short}(?i:{code}|{codes}))"


async def reveal(secrets: Secrets, effect: FlyEffect) -> Revealed | Rejected:
    """The values that performing the effect needs, or that it is not performed: a machine without them is no use.

    Total: what the keeper of the secrets raises is not repeated, for nobody can say what it carries.
    """
    values: dict[str, str] = {}
    named = effect.config.secrets if isinstance(effect, CreateMachine | UpdateMachine) else ()
    for variable, reference in named:
        try:
            values[variable] = await secrets.resolve(reference)
        except LookupError:
            return Rejected(Why.INVALID, text=f"{variable}: there is no such secret, and nothing was sent")
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing was sent, and it may pass
            text = f"{variable}: its secret cannot be looked up now ({type(error).__name__}), and nothing was sent"
            return Rejected(Why.NOT_SENT, text=text)
    return Revealed(values)
