// What a user of the identity provider becomes in the product. `README.md` says how to try it.
// @ts-check
import { Refusal, displayName, enterprise, placement, role, workEmail } from "rolecall-plugin-sdk";

/** @type {import("rolecall-plugin-sdk").Attributes} */
export function profile({ user }) {
  return { name: displayName(user), email: workEmail(user) };
}

/** @type {import("rolecall-plugin-sdk").Tenants} */
export function placements({ user, home }) {
  const department = enterprise(user, "department");
  if (department === null) throw new Refusal("no_department", "Set the user's department.");
  return [placement(home, `works in ${department}`)];
}

/** @type {import("rolecall-plugin-sdk").Roles} */
export function grants({ groups, placements }) {
  const admins = groups.filter((group) => group.display.endsWith(" Admins"));
  return placements.flatMap(({ tenant }) => [
    role(tenant, "viewer", "everybody may read"),
    ...admins.map((group) => role(tenant, "admin", `member of ${group.display}`, group)),
  ]);
}
