/** Whether Node will read what is generated as what it is: ES modules. */
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { posixPath } from "./specs.js";

/** What to say where the nearest package.json calls `.js` files CommonJS; new ones of npm do. */
export function commonjsNote(folder: string, cwd: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, "package.json");
    const type = typeOf(file);
    if (type === "commonjs")
      return `note: generated modules are ES modules, and ${posixPath(relative(cwd, file))} says "type": "commonjs": Node imports them with "type": "module"`;
    if (type !== undefined || dirname(at) === at) return undefined;
  }
}

/** `none` where a package.json says nothing: then Node looks at the code. */
function typeOf(file: string): string | undefined {
  try {
    const { type } = JSON.parse(readFileSync(file, "utf8")) as {
      type?: unknown;
    };
    return typeof type === "string" ? type : "none";
  } catch {
    return undefined;
  }
}
