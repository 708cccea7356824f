import { readFile, realpath } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const { name, version, main = "index.js" } = JSON.parse(await readFile("package.json", "utf8"));
const plugin = await import(pathToFileURL(main));
const functions = Object.keys(plugin).filter((name) => typeof plugin[name] === "function");
const sdk = await realpath("node_modules/rolecall-plugin-sdk");
console.log(JSON.stringify({ name, version, main, functions, sdk }));
