// Between the contract (`wit/v1`) and an author's functions. `rolecall plugin build` writes the module that calls this.

import log from "rolecall:plugin/log";
import { Failure, Problems, Refusal } from "./index.js";

/** Whether the host is listening: not yet while the module is loaded, which happens when it is built. */
let live = false;

const write = (level, message) => live && log.write(level, message.toWellFormed());

// What would make a decision depend on more than its input, or reaches for what isn't there.
const none = (what) => () => {
  throw new Error(`a plugin has no ${what}: the same input must give the same decision`);
};
const clock = none("clock");
Math.random = none("randomness");
globalThis.performance = { now: clock };
globalThis.Date = class extends Date {
  constructor(...parameters) {
    if (!parameters.length) clock();
    super(...parameters);
  }
};
Date.now = clock;

const said = (value) => (value instanceof Error ? told(value) : typeof value === "string" ? value : json(value));
const line = (level) => (...values) => write(level, values.map(said).join(" "));
const [debug, info, warn, error] = ["debug", "info", "warn", "error"].map(line);
globalThis.console = { debug, log: info, info, warn, error };

/** For people, whatever it is. */
function json(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** For the host. JSON.stringify writes halves of characters as escapes, which are no text to others. */
const strict = (value) =>
  JSON.stringify(value)?.replace(/\\(?:ud[89a-f][0-9a-f]{2}|.)/g, (escape) => (escape.length > 2 ? "\ufffd" : escape));

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

const word = (value) => (typeof value === "string" ? value : value instanceof Error ? `${value}` : json(value)).toWellFormed();

function problem(one) {
  const { code = "invalid", detail = one?.message ?? one, path = null } = one ?? {};
  return { code: word(code), detail: word(detail), path: path === null ? null : word(path) };
}

/** An exception as the contract's `failure`. */
function failure(error) {
  if (error instanceof Refusal) return { tag: "refuse", val: problem(error) };
  if (error instanceof Failure) return { tag: "internal", val: problem(error) };
  return { tag: "internal", val: { code: "exception", detail: told(error).toWellFormed(), path: null } };
}

/** Parses a text again only when it is another one: the slots of one decision are called with the same. */
function memo() {
  let known, parsed;
  return (text) => {
    if (text !== known || known === undefined) [known, parsed] = [text, parse(text)];
    return parsed;
  };
}

/** What no slot can change under the next one's feet. */
function frozen(value) {
  if (typeof value !== "object" || value === null) return value;
  for (const name in value) frozen(value[name]);
  return Object.freeze(value);
}

const parse = (text) => frozen(JSON.parse(text));

/** What an author's function returned, which is not a promise of it. */
function now(what, answer) {
  if (typeof answer?.then !== "function") return answer;
  throw new Failure("asynchronous", `${what} returned a Promise; plugins are synchronous`);
}

/** The contract's interfaces, of a plugin's module and who it is. */
export function exported(plugin, { name, version, folder }) {
  root = folder;
  const [user, groups, profile] = [memo(), memo(), memo()];
  const extras = (list) => Object.fromEntries(list.map(([key, value]) => [key, parse(value)]));
  const decoded = (bytes) => (bytes.length ? parse(utf8(bytes)) : null);

  const input = (call, subject) => ({
    user: user(subject.user),
    groups: groups(subject.groups),
    home: call.home,
    settings: parse(call.settings),
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
      if (error instanceof Failure || error instanceof Refusal) throw [problem(error)];
      write("panic", told(error));
      throw error;
    }
  };

  return {
    lifecycle: {
      describe: spoken(() => {
        const schema = plugin.settingsSchema;
        return { name, version, settingsSchema: schema === undefined ? null : strict(schema) };
      }),
      prepare: spoken((setup) => {
        const prepared = plugin.prepare?.({
          slot: setup.slot,
          settings: parse(setup.settings),
          catalogue: parse(setup.catalogue),
          tenants: parse(setup.tenants),
          home: setup.home,
          extras: extras(setup.extras),
        });
        const text = strict(now("prepare", prepared));
        return text === undefined ? new Uint8Array(0) : bytes(text);
      }),
    },
    attributes: {
      profile: slot((call, subject) => {
        const answer = now("profile", plugin.profile(input(call, subject)));
        if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
          throw new Failure("malformed_profile", `profile returned ${json(answer)}, not an object`);
        }
        return strict(answer);
      }),
    },
    tenants: {
      placements: slot((call, subject, text) => {
        const answer = plugin.placements({ ...input(call, subject), profile: profile(text) });
        return list("placements", answer, ["tenant", "reason"]);
      }),
    },
    roles: {
      grants: slot((call, subject, text, placements) => {
        const answer = plugin.grants({ ...input(call, subject), profile: profile(text), placements: frozen(placements) });
        return list("grants", answer, ["tenant", "kind", "name", "reason"], ["object"]);
      }),
    },
  };
}

/** The records an author returned, if they have texts where the contract has them, and may have them. */
function list(what, answer, texts, maybe = []) {
  const wrong = (where, value, kind) => new Failure(`malformed_${what}`, `${where} is ${json(value)}, not ${kind}`);
  if (!Array.isArray(now(what, answer))) {
    throw new Failure(`malformed_${what}`, `${what} returned ${json(answer)}, not an array`);
  }
  return answer.map((one, index) => {
    const record = { groups: [], extras: [] };
    for (const name of [...texts, ...maybe]) {
      const value = one?.[name] ?? null;
      if (typeof value !== "string" && !(value === null && maybe.includes(name))) {
        throw wrong(`${what}[${index}].${name}`, one?.[name], "a string");
      }
      record[name] = value?.toWellFormed() ?? null;
    }
    const groups = one.groups ?? [];
    if (!Array.isArray(groups)) throw wrong(`${what}[${index}].groups`, groups, "an array of ids");
    record.groups = groups.map((id, at) => {
      if (typeof id === "string") return id.toWellFormed();
      throw wrong(`${what}[${index}].groups[${at}]`, id, "an id: a group's id is its `value`");
    });
    return record;
  });
}

// QuickJS has no TextEncoder.
const bytes = (text) => Uint8Array.from(unescape(encodeURIComponent(text)), (char) => char.charCodeAt(0));

function utf8(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return decodeURIComponent(escape(text));
}
