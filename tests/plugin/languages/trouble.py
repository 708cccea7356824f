import datetime
import random

from rolecall_plugin_sdk import Input, Problem, Problems, Profile, Refusal, Setup

print("loaded, and nobody listens yet")

settings_schema = {"type": "object", "properties": {"greeting": {"type": "string"}}, "required": ["greeting"]}


def deeper(nothing):
    return nothing["x"]


def profile(given: Input) -> Profile:
    name = given.user["userName"]
    print("deciding about", name)
    if name == "thrown": return deeper(None)
    if name == "clock": return {"at": str(datetime.datetime.now())}
    if name == "random": return {"number": random.random()}
    if name == "file": return {"passwords": open("/etc/passwd").read()}
    if name == "import": import decimal
    if name == "shape": return 7
    if name == "nobody": raise Refusal("unwelcome", "Nobody is nobody.", "/userName")
    return {"said": f"{given.prepared['greeting']} {name}"}


def prepare(setup: Setup):
    greeting = setup.settings["greeting"]
    if greeting == "hell":
        raise Problems(Problem("rude", "Be kind.", "/greeting"))
    return {"greeting": greeting.upper()}
