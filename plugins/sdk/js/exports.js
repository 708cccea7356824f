// Between the contract (`wit/v1`) and an author's functions. `rolecall plugin build` writes the module that calls this.

import log from "rolecall:plugin/log";
import { Failure, Problems, Refusal } from "./index.js";

/** Whether the host is listening: not yet while the module is loaded, which happens when it is built. */
let live = false;

const write = (level, message) => live && log.write(level, message);

// What would make a decision depend on more than its input, or reaches for what isn't there.
const none = (what) => () => {
  throw new Error(`a plugin has no ${what}: the same input must give the same decision`);
};
const now = none("clock");
Math.random = none("randomness");
globalThis.performance = { now };
globalThis.Date = class extends Date {
  constructor(...parameters) {
    if (!parameters.length) now();
    super(...parameters);
  }
};
Date.now = now;

const said = (value) => (value instanceof Error ? told(value) : typeof value === "string" ? value : json(value));
const line = (level) => (...values) => write(level, values.map(said).join(" "));
const [debug, info, warn, error] = ["debug", "info", "warn", "error"].map(line);
globalThis.console = { debug, log: info, info, warn, error };

const json = (value) => JSON.stringify(value) ?? String(value);

/** An error's text, and where it was thrown: the author's files, innermost first. */
function told(error) {
  if (!(error instanceof Error)) return `thrown: ${json(error)}`;
  const frames = String(error.stack ?? "").split("\n").map((frame) => frame.trim().replace(/^at /, ""));
  const ours = /\/(rolecall-plugin-sdk|sdk\/js|vendor\/sdk|target\/rolecall)\/|\(native\)/;
  const places = frames.filter((frame) => frame && !ours.test(frame)).slice(0, 8);
  const text = [`${error}`, places.join(" < ")].filter((part) => part).join("; at ");
  return text.replaceAll(`(${root}/`, "(");
}

/** Where the project lies below what the engine takes for the file system's root. */
let root = "";

const problem = ({ code, detail, message, path }) => ({ code, detail: detail ?? message, path: path ?? null });

/** An exception as the contract's `failure`. */
function failure(error) {
  if (error instanceof Refusal) return { tag: "refuse", val: problem(error) };
  if (error instanceof Failure) return { tag: "internal", val: problem(error) };
  return { tag: "internal", val: { code: "exception", detail: told(error), path: null } };
}

/** Parses a text again only when it is another one: the slots of one decision are called with the same. */
function memo(parse) {
  let known, parsed;
  return (text) => {
    if (text !== known || known === undefined) [known, parsed] = [text, parse(text)];
    return parsed;
  };
}

/** The contract's interfaces, of a plugin's module and who it is. */
export function exported(plugin, { name, version, folder }) {
  root = folder;
  const [user, groups, profile] = [memo(JSON.parse), memo(JSON.parse), memo(JSON.parse)];
  const extras = (list) => Object.fromEntries(list.map(([key, value]) => [key, JSON.parse(value)]));
  const decoded = (bytes) => (bytes.length ? JSON.parse(utf8(bytes)) : null);

  const input = (call, subject) => ({
    user: user(subject.user),
    groups: groups(subject.groups),
    home: call.home,
    settings: JSON.parse(call.settings),
    prepared: decoded(call.prepared),
    extras: { ...extras(call.extras), ...extras(subject.extras) },
  });
  const slot = (answer) => (...parameters) => {
    live = true;
    try {
      return answer(...parameters);
    } catch (error) {
      throw failure(error);
    }
  };
  // Where the contract has no place for an exception, it is the last words before the trap.
  const spoken = (answer) => (...parameters) => {
    live = true;
    try {
      return answer(...parameters);
    } catch (error) {
      if (error instanceof Problems) throw error.problems.map(problem);
      write("panic", told(error));
      throw error;
    }
  };

  return {
    lifecycle: {
      describe: spoken(() => {
        const schema = plugin.settingsSchema;
        return { name, version, settingsSchema: schema === undefined ? null : JSON.stringify(schema) };
      }),
      prepare: spoken((setup) => {
        const prepared = plugin.prepare?.({
          slot: setup.slot,
          settings: JSON.parse(setup.settings),
          catalogue: JSON.parse(setup.catalogue),
          tenants: JSON.parse(setup.tenants),
          home: setup.home,
          extras: extras(setup.extras),
        });
        return prepared === undefined ? new Uint8Array(0) : bytes(JSON.stringify(prepared));
      }),
    },
    attributes: {
      profile: slot((call, subject) => {
        const answer = plugin.profile(input(call, subject));
        if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
          throw new Failure("malformed_profile", `profile returned ${json(answer)}, not an object`);
        }
        return JSON.stringify(answer);
      }),
    },
    tenants: {
      placements: slot((call, subject, text) => {
        const answer = plugin.placements({ ...input(call, subject), profile: profile(text) });
        return list("placements", answer).map((one) => ({ ...one, groups: one.groups ?? [], extras: [] }));
      }),
    },
    roles: {
      grants: slot((call, subject, text, placements) => {
        const answer = plugin.grants({ ...input(call, subject), profile: profile(text), placements });
        return list("grants", answer).map((one) => ({
          ...one,
          object: one.object ?? null,
          groups: one.groups ?? [],
          extras: [],
        }));
      }),
    },
  };
}

/** What an author returned, if it is a list of records with texts where the contract has them. */
function list(what, answer) {
  if (!Array.isArray(answer)) throw new Failure(`malformed_${what}`, `${what} returned ${json(answer)}, not an array`);
  const fields = what === "grants" ? ["tenant", "kind", "name", "reason"] : ["tenant", "reason"];
  for (const [index, one] of answer.entries()) {
    const wrong = fields.find((field) => typeof one?.[field] !== "string");
    if (wrong) {
      throw new Failure(`malformed_${what}`, `${what}[${index}].${wrong} is ${json(one?.[wrong])}, not a string`);
    }
  }
  return answer;
}

// QuickJS has no TextEncoder.
const bytes = (text) => Uint8Array.from(unescape(encodeURIComponent(text)), (char) => char.charCodeAt(0));

function utf8(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return decodeURIComponent(escape(text));
}
