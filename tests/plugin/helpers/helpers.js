import {
  Failure, Refusal, displayName, enterprise, feature, memberOf, permission, placement, role, workEmail,
} from "rolecall-plugin-sdk";

export function profile({ user }) {
  for (const level of ["debug", "info", "warn", "error"]) console[level](`${level} ü`);
  if (user.userName === "broken") throw new Failure("broken", "It can't decide.");
  if (user.userName === "nobody") throw new Refusal("unwelcome", "Nobody.", "/userName");
  return { name: displayName(user), email: workEmail(user), department: enterprise(user, "department") };
}

export function placements({ home }) {
  return [placement(home, "why")];
}

export function grants({ groups }) {
  const grants = [];
  const [admins, zoe] = [memberOf(groups, "Admins"), memberOf(groups, "Zoë")];
  if (admins) grants.push(role("acme", "admin", "why", admins));
  if (zoe) grants.push(feature("acme", "exports", "why", zoe));
  if (zoe) grants.push({ ...permission("acme", "read", "why", zoe), object: "report:7" });
  return grants;
}
