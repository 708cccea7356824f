// @ts-check
import { Failure, Problems, Refusal, placement } from "rolecall-plugin-sdk";

console.log("loaded, and nobody listens yet");

export const settingsSchema = { type: "object", properties: { greeting: { type: "string" } }, required: ["greeting"] };

/** @param {any} nothing */
function deeper(nothing) {
  return nothing.x;
}

/** @type {import("rolecall-plugin-sdk").Attributes} */
export function profile({ user, groups, prepared }) {
  console.log("deciding about", user.userName);
  if (user.userName === "thrown") return deeper(null);
  if (user.userName === "clock") return { at: `${new Date()}` };
  if (user.userName === "random") return { number: Math.random() };
  if (user.userName === "shape") return /** @type {any} */ (7);
  if (user.userName === "promise") return /** @type {any} */ (Promise.resolve({}));
  if (user.userName === "change") user.userName = "somebody else";
  if (user.userName === "nobody") throw new Refusal("unwelcome", "Nobody is nobody.", "/userName");
  if (user.userName === "odd") throw new Failure("odd", /** @type {any} */ (new Error("an exception")));
  if (user.userName === "lawful") return { half: "\ud800", date: new Date(0).toISOString() };
  return { said: `${prepared.greeting} ${user.userName}` };
}

/** @type {import("rolecall-plugin-sdk").Tenants} */
export function placements({ home }) {
  return [placement(home, "everybody")];
}

/** @type {(input: import("rolecall-plugin-sdk").WithPlacements) => any} */
export function grants({ user }) {
  const grant = { tenant: "acme", kind: "role", name: "admin", reason: "why" };
  if (user.userName === "object") return [{ ...grant, object: 7 }];
  if (user.userName === "groups") return [{ ...grant, groups: [{ value: "g1" }] }];
  return [];
}

/** @param {import("rolecall-plugin-sdk").Setup} setup */
export function prepare({ settings: { greeting } }) {
  if (greeting === "hell") throw new Problems({ code: "rude", detail: "Be kind.", path: "/greeting" });
  if (greeting === "later") return Promise.resolve(greeting);
  return { greeting: greeting.toUpperCase() };
}
