/** Where the package that runs came from, so that a new project can ask npm for the same. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { posixPath } from "./specs.js";

export interface Package {
  /** The folder of its `package.json`, without symbolic links. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

/**
 * What the `dependencies` of a project in a folder, which need not exist yet, must have for this package. npm keeps no
 * record of what was installed globally: then, and where the record's file is gone, it is the installed folder itself.
 */
export function dependencyOn(own: Package, project: string): string {
  const place = (path: string): string =>
    `file:${posixPath(relative(realFolder(project), path)).replace(/\/$/, "")}`;
  if (isCheckout(own.folder)) return place(own.folder);
  for (const { text, from } of records(own)) {
    const path = localPath(text, from);
    if (path === undefined) return isAddress(text) ? text : `^${own.version}`;
    if (existsSync(path)) return place(path);
  }
  return place(own.folder);
}

const isCheckout = (folder: string): boolean =>
  existsSync(join(folder, "src", "cli"));

/** Its symbolic links resolved as far as it exists: npm counts `..` from there. */
function realFolder(folder: string): string {
  if (existsSync(folder)) return realpathSync(folder);
  const above = dirname(folder);
  return above === folder ? folder : join(realFolder(above), basename(folder));
}

interface Origin {
  /** As `dependencies` or `resolved` have it. */
  readonly text: string;
  /** What its paths are relative to. */
  readonly from: string;
}

/** What was asked for (of any package manager), then what npm noted, from the package outwards. */
function* records(own: Package): Generator<Origin> {
  const above = parents(own.folder);
  for (const from of above) {
    const manifest = readJson(join(from, "package.json"));
    for (const kind of ["dependencies", "devDependencies"]) {
      const text = textAt(manifest, kind, own.name);
      // Protocols of workspaces tell nothing of where a package is.
      if (text !== undefined && !/^(workspace|catalog):/.test(text))
        yield { text, from };
    }
  }
  for (const from of above) {
    const lock = readJson(join(from, "node_modules", ".package-lock.json"));
    const at = posixPath(relative(from, own.folder));
    const entry = memberAt(memberAt(lock, "packages"), at);
    if (entry === undefined) continue;
    // npm can be told to leave out the addresses of what came from a registry.
    yield { text: textAt(entry, "resolved") ?? "*", from };
  }
}

function parents(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [] : [above, ...parents(above)];
}

/** The path that a record means; undefined where it means a registry or an address. */
function localPath(text: string, from: string): string | undefined {
  const given =
    /^(?:file|link|portal):(?:\/\/(?=\/))?(.*)$/s.exec(text)?.[1] ??
    (/^(?:\.{0,2}[\\/]|[A-Za-z]:[\\/])/.test(text) ? text : undefined);
  return given === undefined ? undefined : resolve(from, given);
}

/** A tarball at an address, or a repository; that of a registry is found again by its version. */
const isAddress = (text: string): boolean =>
  (/^(?:https?|git|ssh|github|gitlab|bitbucket|gist)\b[+:]/.test(text) ||
    /^[\w.-]+\/[\w.-]+(?:#.*)?$/.test(text)) &&
  !/\/-\/[^/]+\.tgz$/.test(text);

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

const memberAt = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

function textAt(
  value: unknown,
  ...path: readonly string[]
): string | undefined {
  const found = path.reduce(memberAt, value);
  return typeof found === "string" ? found : undefined;
}
