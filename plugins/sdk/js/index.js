// What mappings in JavaScript do all day. `index.d.ts` documents it.

export const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const text = (value) => (typeof value === "string" ? value : null);

export function displayName(user) {
  const { formatted, givenName, familyName } = user.name ?? {};
  const whole = text(user.displayName) ?? text(formatted);
  if (whole !== null) return whole;
  const parts = [text(givenName), text(familyName)].filter((part) => part !== null);
  return parts.length ? parts.join(" ") : (text(user.userName) ?? "");
}

export function workEmail(user) {
  const emails = Array.isArray(user.emails) ? user.emails : [];
  const email = emails.find((one) => one.type === "work") ?? emails.find((one) => one.primary === true) ?? emails[0];
  return text(email?.value);
}

export function enterprise(user, attribute) {
  return text(user[ENTERPRISE]?.[attribute]);
}

export function memberOf(groups, display) {
  return groups.find((group) => group.display === display) ?? null;
}

const ids = (groups) => groups.map((group) => (group?.value ?? group));

export function placement(tenant, reason, ...groups) {
  return { tenant, reason, groups: ids(groups) };
}

export function grant(tenant, kind, name, reason, ...groups) {
  return { tenant, kind, name, reason, groups: ids(groups) };
}

export const role = (tenant, ...rest) => grant(tenant, "role", ...rest);
export const feature = (tenant, ...rest) => grant(tenant, "feature", ...rest);
export const permission = (tenant, ...rest) => grant(tenant, "permission", ...rest);

class Answer extends Error {
  constructor(code, detail, path = null) {
    super(detail);
    this.name = new.target.name;
    this.code = code;
    this.detail = detail;
    this.path = path;
  }
}

export class Refusal extends Answer {}

export class Failure extends Answer {}

export class Problems extends Error {
  constructor(...problems) {
    super(problems.map((problem) => problem?.detail ?? problem).join(" "));
    this.name = "Problems";
    this.problems = problems;
  }
}
