"""SCIM JSON (RFC 7643) as types, and what mappings look for in it."""

from typing import Any, TypedDict

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Name(TypedDict, total=False):
    formatted: str
    familyName: str
    givenName: str
    middleName: str
    honorificPrefix: str
    honorificSuffix: str


class MultiValue(TypedDict, total=False):
    """A value of a multi-valued attribute (RFC 7643 section 2.4)."""

    value: str
    display: str
    type: str
    primary: bool


class Address(TypedDict, total=False):
    formatted: str
    streetAddress: str
    locality: str
    region: str
    postalCode: str
    country: str
    type: str
    primary: bool


class User(TypedDict, total=False):
    """A SCIM User (RFC 7643 section 4.1), without `groups` and `meta`. Extensions lie under their URN: for the
    enterprise extension see `enterprise`."""

    id: str
    externalId: str
    userName: str
    name: Name
    displayName: str
    nickName: str
    profileUrl: str
    title: str
    userType: str
    preferredLanguage: str
    locale: str
    timezone: str
    active: bool
    emails: list[MultiValue]
    phoneNumbers: list[MultiValue]
    ims: list[MultiValue]
    photos: list[MultiValue]
    addresses: list[Address]
    entitlements: list[MultiValue]
    roles: list[MultiValue]
    x509Certificates: list[MultiValue]


class _GroupExternal(TypedDict, total=False):
    externalId: str


class Group(_GroupExternal):
    """A group the user is a member of: its id at this server, its name, and its id at the identity provider."""

    value: str
    display: str


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def display_name(user: User) -> str:
    """`displayName`, else `name.formatted`, else given and family name, else `userName`."""
    name = user.get("name") or {}
    for whole in (user.get("displayName"), name.get("formatted")):
        if isinstance(whole, str):
            return whole
    parts = [part for part in (name.get("givenName"), name.get("familyName")) if isinstance(part, str)]
    return " ".join(parts) if parts else user.get("userName", "")


def work_email(user: User) -> str | None:
    """The address of type `work`, else the primary one, else the first."""
    emails = user.get("emails") or []
    work = [email for email in emails if email.get("type") == "work"]
    primary = [email for email in emails if email.get("primary") is True]
    for email in [*work, *primary, *emails]:
        return _text(email.get("value"))
    return None


def enterprise(user: User, attribute: str) -> str | None:
    """An attribute of the enterprise extension that is text: `department`, `costCenter`, `division`,
    `organization`, `employeeNumber`."""
    extension: Any = user.get(ENTERPRISE)
    return _text(extension.get(attribute)) if isinstance(extension, dict) else None


def member_of(groups: list[Group], display: str) -> Group | None:
    """The group with this `displayName`, exactly as written, if the user is in it."""
    return next((group for group in groups if group["display"] == display), None)
