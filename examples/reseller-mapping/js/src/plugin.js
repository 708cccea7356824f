// Northwind resells Acme Analytics to its regions: the cost center says which region bills a user,
// groups give roles. See `../README.md`.
// @ts-check
import { Refusal, displayName, enterprise, grant, memberOf, placement, workEmail } from "rolecall-plugin-sdk";

/**
 * An enterprise attribute, how its value starts, and the tenant below Northwind that means.
 * @type {["costCenter" | "department", string, string][]}
 */
const BY_ATTRIBUTE = [
  ["costCenter", "EU-", "emea"],
  ["costCenter", "AP-", "apac"],
  ["department", "EMEA Sales", "emea-sales"],
];

/** How a group's name ends, and what that gives. */
const BY_GROUP = [
  [" Admins", "role", "admin"],
  [" Admins", "feature", "sso_audit"],
  [" Analysts", "role", "analyst"],
  [" Analysts", "feature", "exports"],
  [" Viewers", "role", "viewer"],
];

/** @type {import("rolecall-plugin-sdk").Attributes} */
export function profile({ user }) {
  return { name: displayName(user), email: workEmail(user), title: user.title ?? null };
}

/** @type {import("rolecall-plugin-sdk").Tenants} */
export function placements({ user, groups, home }) {
  const placements = [];
  for (const [attribute, start, tenant] of BY_ATTRIBUTE) {
    const value = enterprise(user, attribute);
    if (value?.startsWith(start)) placements.push(placement(`${home}-${tenant}`, `${attribute} is ${value}`));
  }
  const hq = memberOf(groups, "Northwind HQ");
  if (hq) placements.push(placement(home, "member of Northwind HQ", hq));
  if (!placements.length) {
    throw new Refusal("no_region", "Nobody bills this user: set a cost center that starts with EU- or AP-.");
  }
  return placements;
}

/** @type {import("rolecall-plugin-sdk").Roles} */
export function grants({ groups, placements }) {
  return groups.flatMap((group) =>
    BY_GROUP.filter(([end]) => group.display.endsWith(end)).flatMap(([, kind, name]) =>
      placements.map(({ tenant }) => grant(tenant, kind, name, `member of ${group.display}`, group)),
    ),
  );
}
