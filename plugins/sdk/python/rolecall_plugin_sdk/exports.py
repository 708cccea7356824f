"""Between the contract (`wit/v1`) and an author's functions. `rolecall plugin build` writes the module that calls this."""

import json
import os
from types import ModuleType, TracebackType
from typing import Any, Callable, NoReturn

from componentize_py_types import Err
from wit_world.exports import lifecycle
from wit_world.imports import log, types

import rolecall_plugin_sdk as sdk

from . import lines, sealed

_live = False
_plugin: ModuleType
_about: tuple[str, str]


def _write(level: str, message: str) -> None:
    # Nobody listens while the plugin is loaded, which happens when it is built.
    if _live:
        log.write(level, _well(message))


def _well(text: Any) -> str:
    """As the contract takes it: a text without halves of characters."""
    text = text if isinstance(text, str) else str(text)
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


sdk._write = _write
lines.divert(_write)
sealed.seal(lambda: _live)


def bind(plugin: ModuleType, name: str, version: str) -> None:
    """Exports these functions under this name."""
    global _plugin, _about
    _plugin, _about = plugin, (name, version)


def _told(error: BaseException) -> str:
    """An exception's text, and where it was raised: the author's files, innermost first."""
    places: list[str] = []
    trace: TracebackType | None = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if "rolecall_plugin_sdk" not in code.co_filename:
            places.insert(0, f"{code.co_name} ({os.path.basename(code.co_filename)}:{trace.tb_lineno})")
        trace = trace.tb_next
    text = f"{type(error).__name__}: {error}"
    return f"{text}; at {' < '.join(places[:8])}" if places else text


def _problem(problem: Any) -> types.Problem:
    if not isinstance(problem, sdk.Problem):
        return types.Problem("invalid", _well(problem), None)
    path = problem.path if problem.path is None else _well(problem.path)
    return types.Problem(_well(problem.code), _well(problem.detail), path)


def _begin() -> None:
    """What was printed while the plugin was loaded is nobody's."""
    global _live
    if not _live:
        lines.end()
        _live = True


def _answer(function: Callable[..., Any], *parameters: Any) -> Any:
    """What a slot's function says, its exceptions as the contract's `failure`."""
    _begin()
    try:
        return function(*parameters)
    except sdk.Refusal as error:
        raise Err(types.Failure_Refuse(_problem(error.problem))) from None
    except sdk.Failure as error:
        raise Err(types.Failure_Internal(_problem(error.problem))) from None
    except BaseException as error:
        # `sys.exit` raises what is no Exception.
        raise Err(types.Failure_Internal(types.Problem("exception", _well(_told(error)), None))) from None
    finally:
        lines.end()


def _spoken(function: Callable[..., Any], *parameters: Any) -> Any:
    """Where the contract has no place for an exception, it is the last words before the trap."""
    _begin()
    try:
        return function(*parameters)
    except sdk.Problems as error:
        raise Err([_problem(problem) for problem in error.problems]) from None
    except BaseException as error:
        lines.end()
        _write("panic", _told(error))
        raise
    finally:
        lines.end()


def _extras(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    return {name: json.loads(value) for name, value in pairs}


def _text(value: Any) -> str:
    return _well(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def _input(call: types.Call, subject: types.Subject) -> sdk.Input:
    # Parsed for every slot: what one does to its input is nothing to the next.
    return sdk.Input(
        user=json.loads(subject.user),
        groups=json.loads(subject.groups),
        home=call.home,
        settings=json.loads(call.settings),
        prepared=json.loads(call.prepared) if call.prepared else None,
        extras=_extras(call.extras) | _extras(subject.extras),
    )


def _malformed(what: str, found: str) -> NoReturn:
    raise sdk.Failure(f"malformed_{what}", found)


def _list(what: str, answer: Any, kind: type, texts: tuple[str, ...], maybe: tuple[str, ...] = ()) -> Any:
    """What an author returned, if it is a list of records with texts where the contract has them."""
    if not isinstance(answer, (list, tuple)):
        _malformed(what, f"{what} returned {answer!r}, not a list")
    for index, one in enumerate(answer):
        if not isinstance(one, kind):
            _malformed(what, f"{what}[{index}] is {one!r}, not a {kind.__name__}")
        for name in (*texts, *maybe):
            value = getattr(one, name)
            if not (isinstance(value, str) or value is None and name in maybe):
                _malformed(what, f"{what}[{index}].{name} is {value!r}, not a str")
        if not isinstance(one.groups, (list, tuple)):
            _malformed(what, f"{what}[{index}].groups is {one.groups!r}, not a list of ids")
        for at, group in enumerate(one.groups):
            if not isinstance(group, str):
                _malformed(what, f"{what}[{index}].groups[{at}] is {group!r}, not an id: a group's id is its `value`")
    return answer


def _groups(one: Any) -> list[str]:
    return [_well(group) for group in one.groups]


def _describe() -> lifecycle.Info:
    schema = getattr(_plugin, "settings_schema", None)
    return lifecycle.Info(*_about, None if schema is None else _text(schema))


def _prepare(setup: lifecycle.Setup) -> bytes:
    prepare = getattr(_plugin, "prepare", None)
    if prepare is None:
        return b""
    settings, catalogue, tenants = map(json.loads, (setup.settings, setup.catalogue, setup.tenants))
    slot: Any = setup.slot
    prepared = prepare(sdk.Setup(slot, settings, catalogue, tenants, setup.home, _extras(setup.extras)))
    return b"" if prepared is None else _text(prepared).encode()


def _attributes(call: types.Call, subject: types.Subject) -> str:
    answer = _plugin.profile(_input(call, subject))
    if not isinstance(answer, dict):
        _malformed("profile", f"profile returned {answer!r}, not a dict")
    return _text(answer)


def _tenants(call: types.Call, subject: types.Subject, profile: str) -> list[types.Placement]:
    given = _input(call, subject)
    given.profile = json.loads(profile)
    answer = _list("placements", _plugin.placements(given), sdk.Placement, ("tenant", "reason"))
    return [types.Placement(_well(one.tenant), _well(one.reason), _groups(one), []) for one in answer]


def _roles(call: types.Call, subject: types.Subject, profile: str, placed: list[types.Placement]) -> list[types.Grant]:
    given = _input(call, subject)
    given.profile = json.loads(profile)
    given.placements = [sdk.Placement(one.tenant, one.reason, one.groups) for one in placed]
    texts = ("tenant", "kind", "name", "reason")
    answer = _list("grants", _plugin.grants(given), sdk.Grant, texts, maybe=("object",))
    return [_grant(one) for one in answer]


def _grant(one: sdk.Grant) -> types.Grant:
    tenant, kind, name, reason = map(_well, (one.tenant, one.kind, one.name, one.reason))
    subject = None if one.object is None else _well(one.object)
    return types.Grant(tenant, kind, name, subject, reason, _groups(one), [])


class Lifecycle:
    def describe(self) -> lifecycle.Info:
        return _spoken(_describe)

    def prepare(self, setup: lifecycle.Setup) -> bytes:
        return _spoken(_prepare, setup)


class Attributes:
    def profile(self, call: types.Call, subject: types.Subject) -> str:
        return _answer(_attributes, call, subject)


class Tenants:
    def placements(self, call: types.Call, subject: types.Subject, profile: str) -> list[types.Placement]:
        return _answer(_tenants, call, subject, profile)


class Roles:
    def grants(
        self, call: types.Call, subject: types.Subject, profile: str, placements: list[types.Placement]
    ) -> list[types.Grant]:
        return _answer(_roles, call, subject, profile, placements)
