"""The project's pages as tests read them: fenced blocks, links and headings of a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from attrs import frozen
from markdown_it import MarkdownIt
from markdown_it.token import Token

from .sources import PROJECT

RUN = "<!-- run -->"
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")  # a link with a scheme leads out of the project


@frozen
class Block:
    """One fenced block: its language, its text, the line it opens on (from 1), and whether the page asks to run it."""

    language: str
    text: str
    line: int
    marked: bool


@frozen
class Page:
    """One Markdown file, parsed."""

    path: Path
    tokens: tuple[Token, ...]

    def blocks(self, language: str) -> tuple[Block, ...]:
        """The fenced blocks of this language, in order."""
        return tuple(block for block in self._blocks() if block.language == language)

    def _blocks(self) -> Iterator[Block]:
        marked = False
        for token in self.tokens:
            if token.type == "fence" and token.map:
                yield Block(token.info.strip(), token.content, token.map[0] + 1, marked)
            marked = token.type == "html_block" and token.content.strip() == RUN

    def under(self, heading: str) -> tuple[Block, ...]:
        """The fenced blocks below this second-level heading."""
        starts = [(token.map[0], title) for token, title in self._headings() if token.tag == "h2" and token.map]
        (start,) = [line for line, title in starts if title == heading]
        end = min((line for line, _ in starts if line > start), default=None)
        return tuple(one for one in self._blocks() if one.line > start and (end is None or one.line <= end))

    def headings(self) -> tuple[str, ...]:
        """The text of every second-level heading."""
        return tuple(title for token, title in self._headings() if token.tag == "h2")

    def anchors(self) -> frozenset[str]:
        """What a link may name after its #: each heading, lower-case, punctuation gone, spaces as hyphens."""
        return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title in self._headings())

    def _headings(self) -> Iterator[tuple[Token, str]]:
        for token, content in zip(self.tokens, self.tokens[1:], strict=False):
            if token.type == "heading_open":
                yield token, re.sub(r"[`*]", "", content.content)

    def links(self) -> tuple[str, ...]:
        """Every link and picture that leads somewhere in the project."""
        inside = (child for token in self.tokens for child in token.children or ())
        found = (str(child.attrs.get("href", child.attrs.get("src", ""))) for child in inside)
        return tuple(link for link in found if link and not ELSEWHERE.match(link))

    def dead_links(self) -> Iterator[str]:
        """Every link that leads to no file, or to no heading of it."""
        for link in self.links():
            file, _, anchor = unquote(link).partition("#")
            target = (self.path.parent / file).resolve() if file else self.path
            if not target.exists():
                yield f"{self.path.name} links to {link}, which is not there"
            elif anchor and target.suffix == ".md" and anchor not in page(target).anchors():
                yield f"{self.path.name} links to {link}, which has no such heading"


def page(path: Path) -> Page:
    """The page in this file."""
    return Page(path, tuple(MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))))


def paths() -> tuple[Path, ...]:
    """The project's pages: README, CONTRIBUTING, CHANGELOG and everything below docs and beside the tests."""
    top = (PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/README.md"))
    return (*top, *sorted((PROJECT / "docs").rglob("*.md")))


def title(path: Path) -> str:
    """A page by its place in the project, for the names of tests."""
    return path.relative_to(PROJECT).as_posix()
