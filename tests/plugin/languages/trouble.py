import datetime
import logging
import random
import sys
import time
import uuid
from random import choice

from rolecall_plugin_sdk import Failure, Grant, Group, Input, Placement, Problem, Problems, Profile, Refusal, Setup
from rolecall_plugin_sdk import placement

print("loaded, and nobody listens yet")
print("nor to what has no end", end="")

settings_schema = {"type": "object", "properties": {"greeting": {"type": "string"}}, "required": ["greeting"]}


def deeper(nothing):
    return nothing["x"]


def profile(given: Input) -> Profile:
    name = given.user.get("userName", "")
    print("deciding about", name)
    logging.warning("%d warning", 1)
    logging.getLogger("acme").error("an error")
    if name == "thrown": return deeper(None)
    if name == "clock": return {"at": str(datetime.datetime.now())}
    if name == "year": return {"at": time.strftime("%Y")}
    if name == "random": return {"number": random.random()}
    if name == "choice": return {"number": choice([1, 2])}
    if name == "uuid": return {"id": str(uuid.uuid4())}
    if name == "file": return {"passwords": open("/etc/passwd").read()}
    if name == "import": import decimal
    if name == "exit": sys.exit("enough")
    if name == "shape": return 7  # type: ignore
    if name == "nobody": raise Refusal("unwelcome", "Nobody is nobody.", "/userName")
    if name == "lawful": return lawful()
    if name == "odd": raise Failure("odd", ValueError("an exception"))  # type: ignore
    print("done", end="")
    return {"said": f"{given.prepared['greeting']} {name}"}


def lawful() -> Profile:
    """What needs neither clock nor luck nor a file, though it comes from modules that might."""
    day = datetime.datetime.strptime("2024-02-29", "%Y-%m-%d")
    return {
        "dates": [str(day.date()), isinstance(day, datetime.date), isinstance(day.date(), datetime.date)],
        "codec": "é".encode("cp1252").hex(),
        "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, "acme.example")),
        "seeded": random.Random(7).randrange(1000),
        "half": "\ud800",
    }


def placements(given: Input) -> list[Placement]:
    given.user.clear()
    return [placement(given.home, "everybody")]


def grants(given: Input) -> list[Grant]:
    name = given.user["userName"]
    group: Group = {"value": "g1", "display": "Acme"}
    if name == "object": return [Grant("acme", "role", "admin", "why", object=7)]  # type: ignore
    if name == "groups": return [Grant("acme", "role", "admin", "why", groups=[group])]  # type: ignore
    if name == "none": return [Grant("acme", "role", "admin", "why", groups=None)]  # type: ignore
    return []


def prepare(setup: Setup):
    greeting = setup.settings["greeting"]
    if greeting == "hell":
        raise Problems(Problem("rude", "Be kind.", "/greeting"))
    return {"greeting": greeting.upper()}
