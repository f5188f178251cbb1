/**
 * Files that are there whole or not at all: what is written goes to a temporary file beside, which takes the place of the
 * one before when all of it is on the disk.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { threadId } from "node:worker_threads";

/** `<name>.<process>-<thread>.cellc-tmp` */
const temporaryName = (name: string): string =>
  `${name}.${process.pid}-${threadId}.cellc-tmp`;

/**
 * Writes a file. Its rights stay what they were, a link stays a link. What saves of this file by processes that were
 * killed have left beside it goes.
 */
export function writeWhole(file: string, bytes: Uint8Array): void {
  const place = realPlace(file);
  const before = statSync(place, { throwIfNoEntry: false });
  if (before && !before.isFile()) {
    // A device or a pipe cannot be replaced.
    writeFileSync(place, bytes);
    return;
  }
  clearTemporaries(place);
  const temporary = temporaryName(place);
  try {
    writeThrough(temporary, bytes, before);
    renameSync(temporary, place);
  } catch (error) {
    removeIfPossible(temporary);
    throw error;
  }
}

function realPlace(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // It is not there yet.
    return file;
  }
}

function writeThrough(
  file: string,
  bytes: Uint8Array,
  like: Stats | undefined,
): void {
  const rights = like && like.mode & 0o7777;
  const handle = openSync(file, "w", rights ?? 0o666);
  try {
    // Not `writeSync`, which may write less than it was given.
    writeFileSync(handle, bytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (!like) return;
  chmodSync(file, rights!);
  try {
    chownSync(file, like.uid, like.gid);
  } catch {
    // Only root may give files away.
  }
}

/** Of processes that are no more, and of this very thread, which is not writing now. */
function clearTemporaries(place: string): void {
  const [folder, name] = [dirname(place), basename(place)];
  for (const other of readdirSync(folder)) {
    if (!other.startsWith(`${name}.`)) continue;
    const rest = other.slice(name.length + 1);
    const [, pid, thread] = /^(\d+)-(\d+)\.cellc-tmp$/.exec(rest) ?? [];
    if (pid === undefined) continue;
    const ours = Number(pid) === process.pid;
    if (ours ? Number(thread) === threadId : !isAlive(Number(pid)))
      removeIfPossible(join(folder, other));
  }
}

/** Another user's may have to stay, which is no reason not to save. */
function removeIfPossible(file: string): void {
  try {
    rmSync(file);
  } catch {
    // It stays.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
