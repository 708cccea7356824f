"""Northwind resells Acme Analytics to its regions: the cost center says which region bills a user,
groups give roles. See `../README.md`."""

from rolecall_plugin_sdk import Grant, Input, Placement, Profile, Refusal
from rolecall_plugin_sdk import display_name, enterprise, grant, member_of, placement, work_email

BY_ATTRIBUTE = [
    ("costCenter", "EU-", "emea"),
    ("costCenter", "AP-", "apac"),
    ("department", "EMEA Sales", "emea-sales"),
]
"""An enterprise attribute, how its value starts, and the tenant below Northwind that means."""

BY_GROUP = [
    (" Admins", "role", "admin"),
    (" Admins", "feature", "sso_audit"),
    (" Analysts", "role", "analyst"),
    (" Analysts", "feature", "exports"),
    (" Viewers", "role", "viewer"),
]
"""How a group's name ends, and what that gives."""


def profile(given: Input) -> Profile:
    user = given.user
    return {"name": display_name(user), "email": work_email(user), "title": user.get("title")}


def placements(given: Input) -> list[Placement]:
    answer = []
    for attribute, start, tenant in BY_ATTRIBUTE:
        value = enterprise(given.user, attribute)
        if value is not None and value.startswith(start):
            answer.append(placement(f"{given.home}-{tenant}", f"{attribute} is {value}"))
    if hq := member_of(given.groups, "Northwind HQ"):
        answer.append(placement(given.home, "member of Northwind HQ", hq))
    if not answer:
        raise Refusal("no_region", "Nobody bills this user: set a cost center that starts with EU- or AP-.")
    return answer


def grants(given: Input) -> list[Grant]:
    return [
        grant(placed.tenant, kind, name, f"member of {group['display']}", group)
        for group in given.groups
        for end, kind, name in BY_GROUP
        if group["display"].endswith(end)
        for placed in given.placements
    ]
