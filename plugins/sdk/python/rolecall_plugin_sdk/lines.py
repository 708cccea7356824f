"""What is printed, and what `logging` is told, becomes lines of the plugin's log."""

import io
import logging
import sys
from typing import Callable

Write = Callable[[str, str], None]


class _Lines(io.TextIOBase):
    """A stream of lines of one level."""

    def __init__(self, level: str, write: Write):
        self._level, self._write, self._rest = level, write, ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._write(self._level, line)
        return len(text)

    def end(self) -> None:
        if self._rest:
            self.write("\n")


class _Handler(logging.Handler):
    """Takes what any logger is told, as it is: the log has levels of its own, and no times."""

    def __init__(self, write: Write):
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        levels = ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info"))
        level = next((name for least, name in levels if record.levelno >= least), "debug")
        self._write(level, self.format(record))


_streams: list[_Lines] = []


def divert(write: Write) -> None:
    """Before the plugin is loaded."""
    _streams[:] = [_Lines("info", write), _Lines("warn", write)]
    sys.stdout, sys.stderr = _streams  # type: ignore[assignment]
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = logging.logAsyncioTasks = False
    logging.raiseExceptions = False
    logging.root.addHandler(_Handler(write))
    logging.root.setLevel(logging.INFO)


def end() -> None:
    """Ends the lines that nobody has ended."""
    for stream in _streams:
        stream.end()
