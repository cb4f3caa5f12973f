"""What is checked, and how: one session for each question that a change must answer.

The Python version and the extras are read from pyproject.toml, exact versions from .ci/constraints.txt; neither is said
again here.
Under `--no-venv` every session runs in the environment that nox itself is in, as the README's test command does.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox
from packaging.specifiers import SpecifierSet

PROJECT = nox.project.load_toml("pyproject.toml")["project"]
(FLOOR,) = SpecifierSet(PROJECT["requires-python"])
CONSTRAINTS = ".ci/constraints.txt"

# Each gate: a folder of tests, and what it alone must cover whole. The stories leave the checker to its own tests, and
# the claims, whose failing side no healthy core shows, to the mutants.
CLAIMS = "*/claims.py,*/world/predicates.py,*/world/admission/safety.py,*/world/admission/liveness.py"
UNTOLD = f"*/explore/*,{CLAIMS}"
STORY_GATE = ("story", ("--source=kiloclaw_core", f"--omit={UNTOLD}"))
CHECKER_GATE = ("checker", ("--source=kiloclaw_core.explore",))
MUTANTS_GATE = ("mutants", (f"--include={CLAIMS}",))

nox.needs_version = ">=2026.10"
nox.options.error_on_external_run = True
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "coverage", "tests"]


def prepare(session: nox.Session, *extras: str) -> None:
    """Install the project with these extras, pinned, unless the session has no environment of its own."""
    if session.virtualenv.is_sandboxed:
        session.install("--constraint", CONSTRAINTS, "--editable", f".[{','.join(extras)}]")


def program(session: nox.Session, name: str) -> str:
    """Where the session finds this program: in its own environment, or beside the Python that runs nox."""
    return name if session.virtualenv.is_sandboxed else str(Path(sys.executable).with_name(name))


def python(session: nox.Session, *arguments: str, **variables: str) -> None:
    """Run Python on these arguments, with these environment variables beside the others."""
    session.run(program(session, "python"), *arguments, env=variables)


def kiloclaw(session: nox.Session, *arguments: str) -> None:
    """Run the project's own command line."""
    session.run(program(session, "kiloclaw"), *arguments)


@nox.session(python=FLOOR.version)
def lint(session: nox.Session) -> None:
    """Is it written as the house writes?"""
    prepare(session, "test")
    python(session, "-m", "ruff", "check")
    python(session, "-m", "ruff", "format", "--check")


@nox.session(python=FLOOR.version)
def types(session: nox.Session) -> None:
    """Is every case decided, in the sources, the tests and this file?"""
    prepare(session, "test")
    python(session, "-m", "mypy")


@nox.session(python=FLOOR.version)
def coverage(session: nox.Session) -> None:
    """Does a story explain every line and branch of the core, and do the checker and the mutants explain theirs?"""
    prepare(session, "test")
    for folder, measured in (STORY_GATE, CHECKER_GATE, MUTANTS_GATE):
        record = f"--data-file=.coverage.{folder}"
        told = ("-m", "pytest", "--quiet", "--numprocesses", "2", f"tests/{folder}")
        python(session, "-m", "coverage", "erase", record)
        python(session, "-m", "coverage", "run", record, *measured, *told)
        python(session, "-m", "coverage", "combine", "--quiet", record)
        python(session, "-m", "coverage", "report", record)


@nox.session(python=FLOOR.version)
def tests(session: nox.Session) -> None:
    """Does all of it hold?"""
    prepare(session, "test")
    python(session, "-m", "pytest", *(session.posargs or ("--numprocesses", "2")))


@nox.session(python=FLOOR.version)
def races(session: nox.Session) -> None:
    """Do long random walks find what nobody thought of?"""
    prepare(session, "test")
    python(session, "-m", "pytest", "tests/races", *session.posargs, HYPOTHESIS_PROFILE="nightly")


@nox.session(python=FLOOR.version)
def explore(session: nox.Session) -> None:
    """Does every claim hold in every reachable state: of the suite `ci`, or of the configurations that are named?"""
    prepare(session, "test")
    if not session.posargs:
        python(session, "-m", "pytest", "tests/explore", "-m", "slow", "--numprocesses", "2", "--dist", "loadfile")
    for configuration in session.posargs:
        kiloclaw(session, "explore", configuration)


@nox.session(python=FLOOR.version)
def nightly(session: nox.Session) -> None:
    """Does every claim hold with more going wrong, where a search takes as long as it takes?"""
    prepare(session, "test")
    kiloclaw(session, "explore", "--suite", "nightly", *session.posargs)


@nox.session(python=FLOOR.version)
def mutation(session: nox.Session) -> None:
    """Would a story notice if one word of a decision were another: in every module of decisions, or in those named?"""
    prepare(session, "test", "mutation")
    python(session, "-m", "tests.mutation", *session.posargs)


@nox.session(python=FLOOR.version)
def fuzz(session: nox.Session) -> None:
    """Does any text, however malformed, bring down what reads traces?"""
    prepare(session, "cli", "fuzz", "testing")
    python(session, "-m", "tests.fuzz", *session.posargs)


@nox.session(python=FLOOR.version)
def docs(session: nox.Session) -> None:
    """Does every example of the docs run, does every link lead somewhere, and can the API's pages be made?"""
    prepare(session, "test")
    python(session, "-m", "pytest", "tests/house/test_docs.py", "tests/house/test_api.py")
    python(session, "-m", "tests.house.api", "build/api")


@nox.session(python=FLOOR.version)
def bench(session: nox.Session) -> None:
    """What does it cost, against the nearest thing that does less?"""
    prepare(session, "cli", "simulator", "bench", "testing", "fast")
    python(session, "-m", "tests.bench", *session.posargs)


@nox.session(python=FLOOR.version)
def soak(session: nox.Session) -> None:
    """Does everything come to rest, and hold, after ten minutes in which everything goes wrong?"""
    prepare(session, "cli", "simulator")
    python(session, "-m", "tests.soak", *session.posargs)


@nox.session(python=FLOOR.version)
def demo(session: nox.Session) -> None:
    """What does it look like?"""
    prepare(session, "cli", "simulator")
    kiloclaw(session, "demo", *session.posargs)
