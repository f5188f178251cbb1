/** The WebAssembly of a cell from a file of its own. */
import { findNodeModule } from "../node.js";
import { checksum } from "./checksum.js";

export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * @param expected the checksum of the file, where the generated module tells it
 * @throws with the file and what came instead of it
 */
export async function readCode(
  cell: string,
  url: URL,
  expected: number | undefined,
): Promise<Bytes> {
  const fail = (problem: string, cause?: unknown): Error =>
    new Error(
      `${cell}: no WebAssembly from ${shown(url)}: ${problem}; publish the file there, or compile without --wasm-file, which keeps it in the module`,
      { cause },
    );
  let received: Received;
  try {
    received = await receive(url);
  } catch (error) {
    throw fail(wordsOf(error), error);
  }
  const { bytes, type } = received;
  if (magic.some((byte, i) => bytes[i] !== byte))
    throw fail(
      `what came is something else${type ? `, ${type}` : ""}: ${beginning(bytes)}`,
    );
  if (expected !== undefined && checksum(bytes) !== expected)
    throw fail(
      "the file is damaged, or of another compilation than the module that asks for it",
    );
  return bytes;
}

const magic = [0x00, 0x61, 0x73, 0x6d];

interface Received {
  readonly bytes: Bytes;
  /** What the server takes it for. */
  readonly type?: string | null;
}

async function receive(url: URL): Promise<Received> {
  const disk =
    url.protocol === "file:" ? findNodeModule("node:fs/promises") : undefined;
  if (disk) return { bytes: new Uint8Array(await disk.readFile(url)) };
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(
      `the server answers ${`${response.status} ${response.statusText}`.trim()}`,
    );
  return {
    bytes: new Uint8Array(await response.arrayBuffer()),
    type: response.headers.get("content-type"),
  };
}

/** Node's `fetch` says why only in the cause. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? error.message
    : `${error.message}: ${wordsOf(error.cause)}`;
}

const most = 100;

/** Bundlers write small files into the address. */
const shown = ({ href }: URL): string =>
  href.length > most ? `${href.slice(0, most)}…` : href;

function beginning(bytes: Bytes): string {
  if (bytes.length === 0) return "an empty file";
  const text = new TextDecoder().decode(bytes.subarray(0, 32));
  return `it begins with ${JSON.stringify(text)}`;
}
