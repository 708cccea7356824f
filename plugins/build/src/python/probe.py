import importlib
import inspect
import json
import sys
import tomllib

sys.dont_write_bytecode = True
with open("pyproject.toml", "rb") as file:
    manifest = tomllib.load(file)
about, ours = manifest["project"], manifest["tool"]["rolecall"]
sys.path[:0] = ours["path"]
plugin = importlib.import_module(ours["module"])
functions = [name for name, value in vars(plugin).items() if inspect.isfunction(value)]
print()
print(json.dumps({"name": about["name"], "version": about["version"], **ours, "functions": functions}))
