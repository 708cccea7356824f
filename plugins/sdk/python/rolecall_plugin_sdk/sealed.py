"""Takes away what would make a decision depend on more than its input, or what isn't there: behind it lies WASI, stubbed
out, and touching that ends the instance without a word."""

import builtins
import datetime
import io
import sys
import time
from typing import Any, Callable, NoReturn

Write = Callable[[str, str], None]


def _none(what: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise RuntimeError(f"a plugin has no {what}: the same input must give the same decision")

    return refuse


class _Lines(io.TextIOBase):
    """A stream whose lines go to the log."""

    def __init__(self, level: str, write: Write):
        self._level, self._write, self._rest = level, write, ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._write(self._level, line)
        return len(text)


class _Late:
    """Says why a module isn't there that isn't there yet when a decision is made."""

    def __init__(self, live: Callable[[], bool]):
        self._live = live

    def find_spec(self, name: str, *_: Any) -> None:
        if self._live():
            raise ImportError(f"{name} must be imported when the plugin is loaded: move it to the top of the file")


def streams(write: Write) -> None:
    """What is printed goes to the log."""
    sys.stdout = _Lines("info", write)  # type: ignore[assignment]
    sys.stderr = _Lines("warn", write)  # type: ignore[assignment]


def clock() -> None:
    """Before the plugin is loaded, so that it finds these."""
    clockless = _none("clock")
    for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"):
        setattr(time, name, clockless)
    for name in ("localtime", "gmtime", "ctime"):
        given = getattr(time, name)
        setattr(time, name, lambda *at, given=given: given(*at) if at else clockless())

    class date(datetime.date):
        today = classmethod(clockless)

    class moment(datetime.datetime):
        now = today = utcnow = classmethod(clockless)

    moment.__name__ = moment.__qualname__ = "datetime"
    datetime.date, datetime.datetime = date, moment  # type: ignore[misc]


def rest(live: Callable[[], bool]) -> None:
    """When the plugin has been loaded, for when it is `live`."""
    builtins.open = io.open = _none("files")  # type: ignore[assignment]
    random = sys.modules.get("random")
    for name in getattr(random, "__all__", []):
        # componentize-py itself calls `seed` when it has loaded everything.
        if name.islower() and name != "seed":
            setattr(random, name, _none("randomness"))
    sys.meta_path.insert(0, _Late(live))  # type: ignore[arg-type]
