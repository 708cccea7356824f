/**
 * Write a Rolecall plugin in JavaScript: a module whose exports are {@link Plugin}'s. Which slots it fills follows from
 * which of `profile`, `placements` and `grants` it exports.
 *
 * `console.debug`, `log`, `info`, `warn` and `error` write lines that are kept with the decision. There is no clock, no
 * randomness, no network and no file: the same input must give the same decision. Nothing can be waited for: functions
 * that return a promise fail.
 *
 * The input is frozen, all the way down: `[...groups].sort(…)` sorts a copy, `groups.sort(…)` throws.
 *
 * Numbers of a profile: `1.0` becomes `1` (Python leaves it as it is), integers beyond 2^53 are rounded, those in the
 * input, too, and NaN and the infinities become `null`.
 *
 * An exception that is neither a {@link Refusal} nor a {@link Failure} is the plugin's fault: the operator sees its
 * text and place, and the user's last good access stays in force.
 */

declare global {
  /** All there is of it; a library's types may say more. */
  interface Console {
    debug(...values: any[]): void;
    log(...values: any[]): void;
    info(...values: any[]): void;
    warn(...values: any[]): void;
    error(...values: any[]): void;
  }
  var console: Console;
}

/** JSON (RFC 8259). */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json | undefined };

/** A value of a multi-valued attribute (RFC 7643 section 2.4). */
export interface MultiValue {
  value?: string;
  display?: string;
  type?: string;
  primary?: boolean;
  $ref?: string;
}

/** A SCIM User (RFC 7643 section 4.1), without `groups` and `meta`. Extensions lie under their URN. */
export interface User {
  id?: string;
  externalId?: string;
  userName?: string;
  name?: {
    formatted?: string;
    familyName?: string;
    givenName?: string;
    middleName?: string;
    honorificPrefix?: string;
    honorificSuffix?: string;
  };
  displayName?: string;
  nickName?: string;
  profileUrl?: string;
  title?: string;
  userType?: string;
  preferredLanguage?: string;
  locale?: string;
  timezone?: string;
  active?: boolean;
  emails?: MultiValue[];
  phoneNumbers?: MultiValue[];
  ims?: MultiValue[];
  photos?: MultiValue[];
  addresses?: {
    formatted?: string;
    streetAddress?: string;
    locality?: string;
    region?: string;
    postalCode?: string;
    country?: string;
    type?: string;
    primary?: boolean;
  }[];
  entitlements?: MultiValue[];
  roles?: MultiValue[];
  x509Certificates?: MultiValue[];
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"?: Enterprise;
  /** Extensions by their URN, and what else the identity provider sent. */
  [attribute: string]: unknown;
}

/** The enterprise extension (RFC 7643 section 4.3). */
export interface Enterprise {
  employeeNumber?: string;
  costCenter?: string;
  organization?: string;
  division?: string;
  department?: string;
  manager?: { value?: string; $ref?: string; displayName?: string };
}

/** A group the user is a member of. */
export interface Group {
  /** Its id at this server. */
  value: string;
  display: string;
  /** Its id at the identity provider. */
  externalId?: string;
}

/** What a decision is made of, in the first slot. */
export interface Input<Settings = any, Prepared = any> {
  user: User;
  /** By `value`, the host's order. */
  groups: readonly Group[];
  /** Key of the connection's tenant: the root of the subtree in which users may be placed. */
  home: string;
  /** Valid against `settingsSchema`; `{}` if none were given. */
  settings: Settings;
  /** What `prepare` returned; null if nothing. */
  prepared: Prepared;
  extras: { [name: string]: Json };
}

/** In the second slot. */
export interface WithProfile<Settings = any, Prepared = any> extends Input<Settings, Prepared> {
  profile: Profile;
}

/** In the third slot. */
export interface WithPlacements<Settings = any, Prepared = any> extends WithProfile<Settings, Prepared> {
  placements: readonly Placement[];
}

/** What the product should know about the user. */
export type Profile = { [name: string]: Json | undefined };

/** One tenant the user belongs to. */
export interface Placement {
  tenant: string;
  /** In words for an administrator. */
  reason: string;
  /** Ids of the groups this came from: it ends when the user leaves any of them. */
  groups?: string[];
}

/** One thing the user is given in one tenant. */
export interface Grant {
  tenant: string;
  kind: "role" | "feature" | "permission" | (string & {});
  /** Its key in the catalogue. */
  name: string;
  reason: string;
  /** For a permission on one object: `type:id`. */
  object?: string | null;
  groups?: string[];
}

/** What is wrong, in words for the person who can put it right. */
export interface Problem {
  /** `snake_case`. */
  code: string;
  detail: string;
  /** JSON Pointer (RFC 6901) into the settings, or into the user. */
  path?: string | null;
}

/** A mapping in the making. */
export interface Setup<Settings = any> {
  slot: "attributes" | "tenants" | "roles";
  settings: Settings;
  /** The roles, features, permissions and object types that can be granted. */
  catalogue: any;
  /** Keys of the tenants in the connection's subtree. */
  tenants: string[];
  home: string;
  extras: { [name: string]: Json };
}

/** The first slot. */
export type Attributes<Settings = any, Prepared = any> = (input: Input<Settings, Prepared>) => Profile;

/** The second slot; no placements means no access. */
export type Tenants<Settings = any, Prepared = any> = (input: WithProfile<Settings, Prepared>) => Placement[];

/** The third slot. */
export type Roles<Settings = any, Prepared = any> = (input: WithPlacements<Settings, Prepared>) => Grant[];

/** What a plugin's module exports. Name and version are those of its package.json. */
export interface Plugin<Settings = any, Prepared = any> {
  /** JSON Schema (2020-12) of the settings. */
  settingsSchema?: object;
  /**
   * Checks settings beyond their schema, once, when a mapping is made. What it returns, as JSON, comes back as
   * `prepared`. Throws {@link Problems}.
   */
  prepare?(setup: Setup<Settings>): Prepared;
  profile?: Attributes<Settings, Prepared>;
  placements?: Tenants<Settings, Prepared>;
  grants?: Roles<Settings, Prepared>;
}

/** URN of the enterprise extension. */
export const ENTERPRISE: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** `displayName`, else `name.formatted`, else given and family name, else `userName`. */
export function displayName(user: User): string;

/** The address of type `work`, else the primary one, else the first. */
export function workEmail(user: User): string | null;

/** An attribute of the enterprise extension that is text. */
export function enterprise(user: User, attribute: Exclude<keyof Enterprise, "manager">): string | null;

/** The group with this `displayName`, exactly as written, if the user is in it. */
export function memberOf(groups: readonly Group[], display: string): Group | null;

/** A placement, for this reason, because of the user alone or of these groups. */
export function placement(tenant: string, reason: string, ...groups: (Group | string)[]): Placement;

/** A grant of this kind, because of the user alone or of these groups. */
export function grant(
  tenant: string,
  kind: Grant["kind"],
  name: string,
  reason: string,
  ...groups: (Group | string)[]
): Grant;

export function role(tenant: string, name: string, reason: string, ...groups: (Group | string)[]): Grant;
export function feature(tenant: string, name: string, reason: string, ...groups: (Group | string)[]): Grant;
/** On one object: `{ ...permission(…), object: "type:id" }`. */
export function permission(tenant: string, name: string, reason: string, ...groups: (Group | string)[]): Grant;

/** The tenant's rules do not admit this user; the identity provider is told `detail`. Throw it. */
export class Refusal extends Error {
  constructor(code: string, detail: string, path?: string | null);
  code: string;
  detail: string;
  path: string | null;
}

/** The plugin cannot decide; the operator is told `detail`. Throw it. */
export class Failure extends Error {
  constructor(code: string, detail: string, path?: string | null);
  code: string;
  detail: string;
  path: string | null;
}

/** What is wrong with settings. Throw it in `prepare`. */
export class Problems extends Error {
  constructor(...problems: Problem[]);
  problems: Problem[];
}
