// Loads the plugin, and says on a line of its own what it exports, or what is wrong with it.
import { readFile, realpath } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const say = (said) => console.log(`\nrolecall: ${JSON.stringify(said)}`);

async function probed() {
  const { name, version, main = "index.js" } = JSON.parse(await readFile("package.json", "utf8"));
  if (typeof name !== "string" || typeof version !== "string") {
    return { wrong: "its package.json has no `name` and `version`" };
  }
  const sdk = await realpath("node_modules/rolecall-plugin-sdk").catch(() => null);
  if (!sdk) return { wrong: "its package.json has no `rolecall-plugin-sdk` in `dependencies`" };
  const plugin = await import(pathToFileURL(main));
  const functions = Object.keys(plugin).filter((name) => typeof plugin[name] === "function");
  const waits = functions.find((name) => plugin[name].constructor.name === "AsyncFunction" && ours.includes(name));
  if (waits) return { wrong: `\`${waits}\` is async; plugins are synchronous: nothing they could wait for is there` };
  return { name, version, main, functions, sdk };
}

const ours = ["profile", "placements", "grants", "prepare"];
say(await probed());
