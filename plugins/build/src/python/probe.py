"""Loads the plugin, and says on a line of its own what it has, or what is wrong with it."""

import importlib
import inspect
import json
import sys
import tomllib

OURS = ("profile", "placements", "grants", "prepare")


def probed():
    with open("pyproject.toml", "rb") as file:
        manifest = tomllib.load(file)
    said = {}
    for table, names in (("project", ("name", "version")), ("tool.rolecall", ("module", "path"))):
        found = manifest
        for key in table.split("."):
            found = found.get(key, {}) if isinstance(found, dict) else {}
        for name in names:
            value = found.get(name) if isinstance(found, dict) else None
            texts = value if isinstance(value, list) and name == "path" else [value]
            if not texts or not all(isinstance(text, str) for text in texts):
                kind = "a list of folders" if name == "path" else "a text"
                return {"wrong": f"its pyproject.toml has no `{name}`, {kind}, in [{table}]"}
            said[name] = value
    sys.path[:0] = said["path"]
    plugin = importlib.import_module(said["module"])
    for name in OURS:
        if inspect.iscoroutinefunction(getattr(plugin, name, None)):
            why = f"`{name}` is async; plugins are synchronous: nothing they could wait for is there"
            return {"wrong": why}
    return said | {"functions": [name for name, value in vars(plugin).items() if callable(value)]}


said = probed()
print(f"\nrolecall: {json.dumps(said)}")
