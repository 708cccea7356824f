"""What a user of the identity provider becomes in the product. `README.md` says how to try it."""

from rolecall_plugin_sdk import Grant, Input, Placement, Profile, Refusal
from rolecall_plugin_sdk import display_name, enterprise, placement, role, work_email


def profile(given: Input) -> Profile:
    return {"name": display_name(given.user), "email": work_email(given.user)}


def placements(given: Input) -> list[Placement]:
    department = enterprise(given.user, "department")
    if department is None:
        raise Refusal("no_department", "Set the user's department.")
    return [placement(given.home, f"works in {department}")]


def grants(given: Input) -> list[Grant]:
    admins = [group for group in given.groups if group["display"].endswith(" Admins")]
    answer = []
    for placed in given.placements:
        answer.append(role(placed.tenant, "viewer", "everybody may read"))
        for group in admins:
            answer.append(role(placed.tenant, "admin", f"member of {group['display']}", group))
    return answer
