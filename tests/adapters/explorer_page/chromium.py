"""A real Chromium without a window, spoken to over two pipes in its own protocol; nothing is installed for it.

Debian's `chromium` is enough, or whatever browser of that family KILOCLAW_CHROMIUM names. It has a profile of its own
in a folder that is thrown away, and reaches nothing beyond this machine.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
PATIENCE_S = 60.0
"""How long one answer may take on a machine that has a lot to do besides."""
KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35, "Enter": 13, "Tab": 9}
"""The codes that browsers know keys by; those of letters and digits are their own."""


def browser_here() -> str | None:
    """Where a browser is on this machine, if there is one."""
    named = os.environ.get("KILOCLAW_CHROMIUM")
    found = (shutil.which(name) for name in ((named,) if named else NAMES))
    return next((one for one in found if one is not None), None)


@define(eq=False)
class Pipes:
    """Messages to a browser and from it, each a JSON object that ends with a zero."""

    to: int
    back: int
    rest: bytes = b""
    sent: int = 0
    session: str | None = None
    heard: list[dict[str, object]] = field(factory=list)

    def ask(self, method: str, **wanted: object) -> dict[str, object]:
        """What the browser answers; what it says besides is kept in `heard`."""
        self.sent += 1
        told = {"id": self.sent, "method": method, "params": wanted}
        os.write(
            self.to, json.dumps(told if self.session is None else told | {"sessionId": self.session}).encode() + b"\0"
        )
        while True:
            message = self.next()
            if message.get("id") == self.sent:
                assert "error" not in message, f"{method}: {message['error']}"
                return _object(message["result"])
            self.heard.append(message)

    def loaded(self, loader: object) -> None:
        """Wait until what this loader loads is there, unless it is already."""
        while not any(_is_loaded(one, loader) for one in self.heard):
            self.heard.append(self.next())

    def next(self) -> dict[str, object]:
        """The next message."""
        end = time.monotonic() + PATIENCE_S
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.back], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"the browser said nothing for {PATIENCE_S:.0f} s"
            got = os.read(self.back, 1 << 16)
            assert got, "the browser is gone"
            self.rest += got
        message, _, self.rest = self.rest.partition(b"\0")
        return _object(json.loads(message))


def _is_loaded(message: Mapping[str, object], loader: object) -> bool:
    if message.get("method") != "Page.lifecycleEvent":
        return False
    told = _object(message["params"])
    return (told["loaderId"], told["name"]) == (loader, "load")


def _object(value: object) -> dict[str, object]:
    assert isinstance(value, dict), f"{value} is no object"
    return value


@define(eq=False)
class Tab:
    """One page in the browser, as somebody with a keyboard meets it."""

    pipes: Pipes

    def open(self, url: str) -> None:
        """Load this address anew, even where only its fragment is another."""
        for one in ("about:blank", url):
            self.pipes.heard.clear()
            self.pipes.loaded(self.pipes.ask("Page.navigate", url=one)["loaderId"])

    def size(self, width: int, height: int) -> None:
        """Make the window so large, in CSS pixels; one of a phone is a phone's."""
        phone = width < 600
        self.pipes.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )

    def colours(self, scheme: str) -> None:
        """Prefer `light` or `dark`."""
        self.pipes.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def press(self, *keys: str) -> None:
        """Press these keys, one after the other."""
        for key in keys:
            code = KEYS.get(key, ord(key[0].upper()))
            text: Mapping[str, object] = {"text": "\r"} if key == "Enter" else {} if key in KEYS else {"text": key}
            self.pipes.ask("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
            self.pipes.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)
        self.settle()

    def settle(self) -> None:
        """Wait until what was asked for is painted."""
        self.value("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def value(self, expression: str) -> object:
        """What this expression is in the page."""
        got = self.pipes.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in got, f"{expression}: {got['exceptionDetails']}"
        return _object(got["result"]).get("value")

    def text(self, selector: str) -> str:
        """What stands in the one element of this sort, as it is seen."""
        return str(self.value(f"document.querySelector({json.dumps(selector)}).innerText.replace(/\\s+/g, ' ').trim()"))

    def texts(self, selector: str) -> list[str]:
        """What stands in each element of this sort."""
        inside = "(one) => one.innerText.replace(/\\s+/g, ' ').trim()"
        got = self.value(f"[...document.querySelectorAll({json.dumps(selector)})].map({inside})")
        assert isinstance(got, list), f"{got} is no list"
        return [str(one) for one in got]

    @property
    def trace(self) -> str:
        """The fragment of the address."""
        return str(self.value("location.hash")).removeprefix("#")

    def trouble(self) -> list[str]:
        """What was asked of anybody but the disk, and what the console complained of."""
        return [
            json.dumps(one["params"])
            for one in self.pipes.heard
            if one.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"} or _is_asked_elsewhere(one)
        ]

    def picture(self, file: Path) -> None:
        """Save what is seen as a PNG."""
        shot = self.pipes.ask("Page.captureScreenshot", format="png", optimizeForSpeed=False)
        file.write_bytes(base64.b64decode(str(shot["data"])))


def _is_asked_elsewhere(message: Mapping[str, object]) -> bool:
    if message.get("method") != "Network.requestWillBeSent":
        return False
    request = _object(_object(message["params"])["request"])
    return not str(request["url"]).startswith(("file:", "about:", "data:"))


@contextmanager
def running(program: str, profile: Path) -> Iterator[Tab]:
    """A browser with one page open, for as long as the block lasts."""
    to_read, to_write = os.pipe()
    back_read, back_write = os.pipe()
    theirs = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 10) for one in (to_read, back_write)]
    os.close(to_read)
    os.close(back_write)
    process = os.posix_spawn(
        program,
        [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, theirs[0], 3),
            (os.POSIX_SPAWN_DUP2, theirs[1], 4),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
        setsid=True,
    )
    for one in theirs:
        os.close(one)
    pipes = Pipes(to_write, back_read)
    try:
        yield _first_page(pipes)
    finally:
        os.close(to_write)
        os.close(back_read)
        os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _first_page(pipes: Pipes) -> Tab:
    made = pipes.ask("Target.createTarget", url="about:blank")
    joined = pipes.ask("Target.attachToTarget", targetId=made["targetId"], flatten=True)
    pipes.session = str(joined["sessionId"])
    for domain in ("Page", "Runtime", "Network", "Log"):
        pipes.ask(f"{domain}.enable")
    pipes.ask("Page.setLifecycleEventsEnabled", enabled=True)
    return Tab(pipes)
