/** The modules of Node, asked of Node itself: bundlers for pages would follow an `import` of them, or warn of it. */

interface Builtins {
  "node:fs/promises": typeof import("node:fs/promises");
  "node:worker_threads": typeof import("node:worker_threads");
}

/** Undefined where this is not Node, 20.16 or newer. */
export function findNodeModule<Name extends keyof Builtins>(
  name: Name,
): Builtins[Name] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  return process?.getBuiltinModule?.(name) as Builtins[Name] | undefined;
}

/** @throws where this is not Node, 20.16 or newer */
export function nodeModule<Name extends keyof Builtins>(
  name: Name,
): Builtins[Name] {
  const found = findNodeModule(name);
  if (!found)
    throw new Error(`there is no ${name} here: it needs Node 20.16 or newer`);
  return found;
}
