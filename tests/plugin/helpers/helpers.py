from rolecall_plugin_sdk import Failure, Refusal, display_name, enterprise, feature, log, member_of, permission
from rolecall_plugin_sdk import placement, role, work_email


def profile(given):
    for level in ("debug", "info", "warn", "error"):
        log(level, f"{level} ü")
    user = given.user
    if user["userName"] == "broken":
        raise Failure("broken", "It can't decide.")
    if user["userName"] == "nobody":
        raise Refusal("unwelcome", "Nobody.", "/userName")
    return {"name": display_name(user), "email": work_email(user), "department": enterprise(user, "department")}


def placements(given):
    return [placement(given.home, "why")]


def grants(given):
    answer = []
    if admins := member_of(given.groups, "Admins"):
        answer.append(role("acme", "admin", "why", admins))
    if zoe := member_of(given.groups, "Zoë"):
        answer.append(feature("acme", "exports", "why", zoe))
        answer.append(permission("acme", "read", "why", zoe, object="report:7"))
    return answer
