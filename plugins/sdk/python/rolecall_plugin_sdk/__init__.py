"""Write a Rolecall plugin in Python: a module with any of these functions, one for each slot that it fills.

    def profile(given: Input) -> Profile: ...
    def placements(given: Input) -> list[Placement]: ...
    def grants(given: Input) -> list[Grant]: ...

And, if it takes settings, `settings_schema` (a JSON Schema as a dict) and `prepare(setup: Setup)`, which checks them
once, when a mapping is made, and whose result, as JSON, comes back as `Input.prepared`. Name and version are those of
`pyproject.toml`.

`print` writes lines that are kept with the decision, as do `logging`, from `INFO` on, and `log`, with a level. There is
no clock, no randomness, no network and no file, and nothing can be imported while a decision is made: the same input
must give the same decision. `random.Random(seed)` is allowed. What the module computes while it is loaded is computed
when it is built, once; the clock is gone even then.

Numbers of a profile: `1.0` stays `1.0` (JavaScript makes `1` of it), integers are exact up to 64 bits and become floating
point beyond, and NaN and the infinities, which JSON doesn't have, are the plugin's fault.

Every slot is handed an input of its own, which it may change.

An exception that is neither a `Refusal` nor a `Failure` is the plugin's fault: the operator sees its text and place, and
the user's last good access stays in force.
"""

import sys
from dataclasses import dataclass, field
from typing import Any, Literal

from .scim import ENTERPRISE, Group, MultiValue, Name, User, display_name, enterprise, member_of, work_email

__all__ = [
    "ENTERPRISE", "Failure", "Grant", "Group", "Input", "MultiValue", "Name", "Placement", "Problem", "Problems",
    "Profile", "Refusal", "Setup", "User", "display_name", "enterprise", "feature", "grant", "log", "member_of",
    "permission", "placement", "role", "work_email",
]  # fmt: skip

Profile = dict[str, Any]
"""What the product should know about the user; JSON."""


@dataclass
class Placement:
    """One tenant the user belongs to."""

    tenant: str
    reason: str
    """In words for an administrator."""
    groups: list[str] = field(default_factory=list)
    """Ids of the groups this came from: it ends when the user leaves any of them."""


@dataclass
class Grant:
    """One thing the user is given in one tenant."""

    tenant: str
    kind: str
    """`role`, `feature` or `permission`."""
    name: str
    """Its key in the catalogue."""
    reason: str
    groups: list[str] = field(default_factory=list)
    object: str | None = None
    """For a permission on one object: `type:id`."""


@dataclass
class Input:
    """What a decision is made of."""

    user: User
    groups: list[Group]
    """By `value`, the host's order."""
    home: str
    """Key of the connection's tenant: the root of the subtree in which users may be placed."""
    settings: Any
    """Valid against `settings_schema`; `{}` if none were given."""
    prepared: Any
    """What `prepare` returned."""
    extras: dict[str, Any]
    profile: Profile = field(default_factory=dict)
    """In the second and the third slot."""
    placements: list[Placement] = field(default_factory=list)
    """In the third slot."""


@dataclass
class Setup:
    """A mapping in the making: settings for one slot, and what they may refer to."""

    slot: Literal["attributes", "tenants", "roles"]
    settings: Any
    catalogue: Any
    """The roles, features, permissions and object types that can be granted."""
    tenants: list[str]
    """Keys of the tenants in the connection's subtree."""
    home: str
    extras: dict[str, Any]


@dataclass
class Problem:
    """What is wrong, in words for the person who can put it right."""

    code: str
    """`snake_case`."""
    detail: str
    path: str | None = None
    """JSON Pointer (RFC 6901) into the settings, or into the user."""


class _Answer(Exception):
    def __init__(self, code: str, detail: str, path: str | None = None):
        super().__init__(detail)
        self.problem = Problem(code, detail, path)


class Refusal(_Answer):
    """The tenant's rules do not admit this user; the identity provider is told `detail`."""


class Failure(_Answer):
    """The plugin cannot decide; the operator is told `detail`."""


class Problems(Exception):
    """What is wrong with settings, from `prepare`."""

    def __init__(self, *problems: Problem):
        super().__init__(" ".join(str(getattr(problem, "detail", problem)) for problem in problems))
        self.problems = problems


def _ids(groups: tuple[Group | str, ...]) -> list[str]:
    return [group["value"] if isinstance(group, dict) else group for group in groups]


def placement(tenant: str, reason: str, *groups: Group | str) -> Placement:
    """A placement, for this reason, because of the user alone or of these groups."""
    return Placement(tenant, reason, _ids(groups))


def grant(tenant: str, kind: str, name: str, reason: str, *groups: Group | str, object: str | None = None) -> Grant:
    """A grant of this kind, because of the user alone or of these groups."""
    return Grant(tenant, kind, name, reason, _ids(groups), object)


def role(tenant: str, name: str, reason: str, *groups: Group | str) -> Grant:
    return grant(tenant, "role", name, reason, *groups)


def feature(tenant: str, name: str, reason: str, *groups: Group | str) -> Grant:
    return grant(tenant, "feature", name, reason, *groups)


def permission(tenant: str, name: str, reason: str, *groups: Group | str, object: str | None = None) -> Grant:
    return grant(tenant, "permission", name, reason, *groups, object=object)


def log(level: Literal["debug", "info", "warn", "error"], message: str) -> None:
    """Keeps a line with the decision."""
    _write(level, message)


def _write(level: str, message: str) -> None:
    """Until there is a host."""
    print(f"{level}: {message}", file=sys.stderr)
