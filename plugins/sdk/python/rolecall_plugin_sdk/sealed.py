"""Takes away what would make a decision depend on more than its input, or what isn't there: behind it lies WASI, stubbed
out, and touching that ends the instance without a word.

All of it happens before the plugin is loaded, so that it finds these functions whichever way it imports them. The clock
is gone at once: what a plugin read while it is built would stay for ever. The rest is there until it is `live`."""

import builtins
import codecs
import contextlib
import datetime
import io
import os
import pkgutil
import random
import sys
import time
from typing import Any, Callable, NoReturn

# What reads the clock when it is imported, or what these import when they are called.
import _io
import _strptime
import encodings
import hashlib
import logging
import uuid

Live = Callable[[], bool]

_WHY = "the same input must give the same decision"


def _none(what: str, kind: type[Exception] = RuntimeError) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise kind(f"a plugin has no {what}: {_WHY}")

    return refuse


def _until(live: Live, given: Callable[..., Any], refuse: Callable[..., NoReturn]) -> Callable[..., Any]:
    """What is there as long as nothing is decided."""

    def guarded(*parameters: Any, **named: Any) -> Any:
        return refuse() if live() else given(*parameters, **named)

    return guarded


def _replace(modules: tuple[Any, ...], names: tuple[str, ...], made: Callable[[Any], Any]) -> None:
    for module in modules:
        for name in names:
            if hasattr(module, name):
                setattr(module, name, made(getattr(module, name)))


def seal(live: Live) -> None:
    """Before the plugin is loaded."""
    _codecs()
    _clock()
    _randomness(live)
    _files(live)
    sys.meta_path.insert(0, _Late(live))  # type: ignore[arg-type]


def _codecs() -> None:
    """A codec is a module, imported when it is first used."""
    for module in pkgutil.iter_modules(encodings.__path__):
        # Some belong to another system, and a few aren't codecs.
        with contextlib.suppress(ImportError, LookupError):
            codecs.lookup(module.name)


class _Date(type(datetime.date)):
    """So that `isinstance` holds for what methods of the given classes return, too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls._given)  # type: ignore[attr-defined]

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls._given)  # type: ignore[attr-defined]


def _clock() -> None:
    none = _none("clock")
    datetime.datetime.strptime("2000-01-01", "%Y-%m-%d")  # It keeps what it asks the locale.
    asking = ("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime")
    asking = (*asking, *(f"{name}_ns" for name in asking), "sleep")
    _replace((time,), asking, lambda _: none)
    _replace((os,), ("times",), lambda _: none)
    # Those take the time now if they are given none.
    for name, place in (("localtime", 0), ("gmtime", 0), ("ctime", 0), ("asctime", 0), ("strftime", 1)):
        _replace((time,), (name,), lambda given: _with_a_time(given, place, none))
    # A line of the log has no time of its own.
    logging.time = _Still()  # type: ignore[attr-defined]
    logging._startTime = 0  # type: ignore[attr-defined]

    class date(datetime.date, metaclass=_Date):
        _given = datetime.date
        today = classmethod(none)

    class moment(datetime.datetime, date, metaclass=_Date):
        _given = datetime.datetime
        now = today = utcnow = classmethod(none)

    for kind, name in ((date, "date"), (moment, "datetime")):
        kind.__name__ = kind.__qualname__ = name
        kind.__module__ = "datetime"
    datetime.date, datetime.datetime = date, moment  # type: ignore[misc]


def _with_a_time(given: Callable[..., Any], place: int, none: Callable[..., NoReturn]) -> Callable[..., Any]:
    def timed(*parameters: Any) -> Any:
        return given(*parameters) if len(parameters) > place and parameters[place] is not None else none()

    return timed


class _Still:
    """`time` for `logging`."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def time(self) -> float:
        return 0.0

    def time_ns(self) -> int:
        return 0


def _randomness(live: Live) -> None:
    none = _none("randomness")
    _replace((os, random), ("urandom", "_urandom", "getrandom"), lambda given: _until(live, given, none))
    # The functions are methods of one generator, which nobody has given a seed.
    names = tuple(name for name in random.__all__ if name.islower())
    _replace((random,), names, lambda given: _until(live, given, none))
    given = random.Random.seed

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        if a is None and live():
            none()
        given(self, a, version)

    random.Random.seed = seed  # type: ignore[method-assign]
    uuid.getnode = _until(live, uuid.getnode, none)


def _files(live: Live) -> None:
    # Libraries that can do without a file know this error.
    none = _none("files", PermissionError)

    def guarded(given: Callable[..., Any]) -> Callable[..., Any]:
        return _until(live, given, none)

    _replace((builtins, io, _io), ("open", "open_code"), guarded)
    names = ("open", "stat", "lstat", "listdir", "scandir", "access", "readlink", "mkdir", "rmdir", "remove", "unlink")
    names = (*names, "rename", "replace", "link", "symlink", "truncate", "utime", "chdir", "statvfs", "pathconf")
    _replace((os,), names, guarded)
    sys.stdin = io.StringIO()


class _Late:
    """Says why a module isn't there that isn't there yet when a decision is made."""

    def __init__(self, live: Live):
        self._live = live

    def find_spec(self, name: str, *_: Any) -> None:
        if self._live():
            raise ImportError(f"{name} must be imported when the plugin is loaded: move it to the top of the file")
