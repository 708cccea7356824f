import { Problems, Refusal } from "rolecall-plugin-sdk";

console.log("loaded, and nobody listens yet");

export const settingsSchema = { type: "object", properties: { greeting: { type: "string" } }, required: ["greeting"] };

function deeper(nothing) {
  return nothing.x;
}

export function profile({ user, prepared }) {
  console.log("deciding about", user.userName);
  if (user.userName === "thrown") return deeper(null);
  if (user.userName === "clock") return { at: new Date() };
  if (user.userName === "random") return { number: Math.random() };
  if (user.userName === "shape") return 7;
  if (user.userName === "nobody") throw new Refusal("unwelcome", "Nobody is nobody.", "/userName");
  return { said: `${prepared.greeting} ${user.userName}` };
}

export function prepare({ settings: { greeting } }) {
  if (greeting === "hell") throw new Problems({ code: "rude", detail: "Be kind.", path: "/greeting" });
  return { greeting: greeting.toUpperCase() };
}
