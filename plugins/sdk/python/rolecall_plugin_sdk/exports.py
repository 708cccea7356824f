"""Between the contract (`wit/v1`) and an author's functions. `rolecall plugin build` writes the module that calls this."""

import json
import os
from types import ModuleType, TracebackType
from typing import Any, Callable, NoReturn

from componentize_py_types import Err
from wit_world.exports import lifecycle
from wit_world.imports import log, types

import rolecall_plugin_sdk as sdk

from . import sealed

_live = False
_plugin: ModuleType
_about: tuple[str, str]


def _write(level: str, message: str) -> None:
    # Nobody listens while the plugin is loaded, which happens when it is built.
    if _live:
        log.write(level, message)


sdk._write = _write
sealed.streams(_write)
sealed.clock()


def bind(plugin: ModuleType, name: str, version: str) -> None:
    """Exports these functions under this name."""
    global _plugin, _about
    _plugin, _about = plugin, (name, version)
    sealed.rest(lambda: _live)


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


def _problem(problem: sdk.Problem) -> types.Problem:
    return types.Problem(problem.code, problem.detail, problem.path)


def _answer(function: Callable[..., Any], *parameters: Any) -> Any:
    """What a slot's function says, its exceptions as the contract's `failure`."""
    global _live
    _live = True
    try:
        return function(*parameters)
    except sdk.Refusal as error:
        raise Err(types.Failure_Refuse(_problem(error.problem))) from None
    except sdk.Failure as error:
        raise Err(types.Failure_Internal(_problem(error.problem))) from None
    except Exception as error:
        raise Err(types.Failure_Internal(types.Problem("exception", _told(error), None))) from None


def _spoken(function: Callable[..., Any], *parameters: Any) -> Any:
    """Where the contract has no place for an exception, it is the last words before the trap."""
    global _live
    _live = True
    try:
        return function(*parameters)
    except sdk.Problems as error:
        raise Err([_problem(problem) for problem in error.problems]) from None
    except Exception as error:
        log.write("panic", _told(error))
        raise


class _Memo:
    """Parses a text again only when it is another one: the slots of one decision are called with the same."""

    def __init__(self) -> None:
        self._known: str | None = None

    def __call__(self, text: str) -> Any:
        if text != self._known:
            self._known, self._parsed = text, json.loads(text)
        return self._parsed


_user, _groups, _profile = _Memo(), _Memo(), _Memo()


def _extras(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    return {name: json.loads(value) for name, value in pairs}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _input(call: types.Call, subject: types.Subject) -> sdk.Input:
    return sdk.Input(
        user=_user(subject.user),
        groups=_groups(subject.groups),
        home=call.home,
        settings=json.loads(call.settings),
        prepared=json.loads(call.prepared) if call.prepared else None,
        extras=_extras(call.extras) | _extras(subject.extras),
    )


def _malformed(what: str, found: str) -> NoReturn:
    raise sdk.Failure(f"malformed_{what}", found)


def _list(what: str, answer: Any, kind: type, fields: tuple[str, ...]) -> Any:
    """What an author returned, if it is a list of records with texts where the contract has them."""
    if not isinstance(answer, list):
        _malformed(what, f"{what} returned {answer!r}, not a list")
    for index, one in enumerate(answer):
        if not isinstance(one, kind):
            _malformed(what, f"{what}[{index}] is {one!r}, not a {kind.__name__}")
        for name in fields:
            if not isinstance(getattr(one, name), str):
                _malformed(what, f"{what}[{index}].{name} is {getattr(one, name)!r}, not a str")
    return answer


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
    given.profile = _profile(profile)
    answer = _list("placements", _plugin.placements(given), sdk.Placement, ("tenant", "reason"))
    return [types.Placement(one.tenant, one.reason, one.groups, []) for one in answer]


def _roles(call: types.Call, subject: types.Subject, profile: str, placed: list[types.Placement]) -> list[types.Grant]:
    given = _input(call, subject)
    given.profile = _profile(profile)
    given.placements = [sdk.Placement(one.tenant, one.reason, one.groups) for one in placed]
    answer = _list("grants", _plugin.grants(given), sdk.Grant, ("tenant", "kind", "name", "reason"))
    return [types.Grant(one.tenant, one.kind, one.name, one.object, one.reason, one.groups, []) for one in answer]


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
