/** WebAssembly in a file of its own that cannot be had: an error that says so, or TypeScript where the choice is free. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  vi,
} from "vitest";
import type { MockInstance } from "vitest";
import { LSTM } from "../../generated/lstm.js";
import { emitWasm, loadAssembler } from "../../src/backends/wasm/index.js";
import { loadCell } from "../../src/runtime/index.js";
import type {
  CellInfo,
  KernelModule,
  LoadedCell,
} from "../../src/runtime/index.js";
import { checksum } from "../../src/runtime/wasm/checksum.js";
import { evaluateWasm } from "../backends/evaluate-wasm.js";
import { cellOf, lstm } from "../passes/support.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder("wasm-file");

let text: string;
let bytes: Uint8Array;
beforeAll(async () => {
  const { schedule } = cellOf(lstm);
  const files = emitWasm(schedule, "", await loadAssembler(), true);
  text = files["wasm.js"];
  bytes = files.binaries["cell.wasm"]!;
});

let info: MockInstance<typeof console.info>;
beforeEach(() => {
  info = vi.spyOn(console, "info").mockImplementation(() => undefined);
});
afterEach(() => info.mockRestore());

const said = (): string[] => info.mock.calls.map(([line]) => String(line));

/** The library's LSTM, whose `wasm.js` is at an address. */
function at(url: URL, backends: CellInfo["backends"] = {}): CellInfo {
  const wasm = (): Promise<KernelModule> =>
    Promise.resolve(evaluateWasm(text, url));
  return { ...LSTM, backends: { ts: LSTM.backends.ts, wasm, ...backends } };
}

const load = (
  cell: CellInfo,
  backend: "auto" | "wasm",
): Promise<LoadedCell<never, Float32Array>> =>
  loadCell(cell, { backend, sizes: { M: 2, N: 3 } });

/** What both ways of asking do at an address that does not give the file. */
async function refuses(url: URL, problem: RegExp): Promise<void> {
  const address = new URL("./cell.wasm", url).href;
  const failure = await load(at(url), "wasm").then(
    () => "it loads",
    (error: Error) => error.message,
  );
  expect(failure).toContain(`LSTM: no WebAssembly from ${address}: `);
  expect(failure).toMatch(problem);
  expect(failure).toContain("compile without --wasm-file");
  expect(said()).toEqual([]);
  for (let i = 0; i < 2; i++) {
    const cell = await load(at(url), "auto");
    expect(cell.backend).toBe("ts");
    cell.forward({ x: new Float32Array(4) }, { batch: 1 });
    cell.dispose();
  }
  expect(said()).toEqual([
    `cellc: kernels run in TypeScript, more slowly than in WebAssembly: ${failure}`,
  ]);
}

/** A damaged copy. */
const changed = (change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = bytes.slice();
  change(copy);
  return copy;
};

const damages: readonly [string, () => Uint8Array | string, RegExp][] = [
  [
    "cut off",
    () => bytes.subarray(0, bytes.length / 2),
    /is damaged, or of another compilation/,
  ],
  [
    "with one bit that is another",
    () => changed((copy) => (copy[copy.length - 40]! ^= 1)),
    /is damaged, or of another compilation/,
  ],
  [
    "of another cell",
    () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    /is damaged, or of another compilation/,
  ],
  ["empty", () => "", /what came is something else.*: an empty file/],
  [
    "that is another",
    () => "<!doctype html><title>Home</title>",
    /what came is something else.*: it begins with "<!doctype html>/,
  ],
];

describe("on the disk", () => {
  let count = 0;
  /** A folder of its own, with this file. */
  const place = (content?: Uint8Array | string): URL => {
    const own = join(folder, String(count++));
    mkdirSync(own);
    if (content !== undefined) writeFileSync(join(own, "cell.wasm"), content);
    return pathToFileURL(join(own, "wasm.js"));
  };

  it("is used where it is whole", async () => {
    const cell = await load(at(place(bytes)), "auto");
    expect([cell.backend, said()]).toEqual(["wasm", []]);
    cell.dispose();
  });

  it("is missing", () => refuses(place(), /ENOENT: no such file/));

  it("is a folder", () => {
    const url = place();
    mkdirSync(new URL("./cell.wasm", url));
    return refuses(url, /EISDIR/);
  });

  it.each(damages)("is a file %s", (_, content, problem) =>
    refuses(place(content()), problem),
  );
});

describe("from a server", () => {
  type Answer = readonly [
    status: number,
    type: string,
    content: Uint8Array | string,
  ];

  /** For as long as `use` takes. */
  async function serving(
    [status, type, content]: Answer,
    use: (url: URL) => Promise<void>,
  ): Promise<void> {
    const server = createServer((_, response) => {
      response.writeHead(status, { "content-type": type });
      response.end(content);
    });
    await new Promise<void>((listening) => server.listen(0, listening));
    const { port } = server.address() as AddressInfo;
    try {
      await use(new URL(`http://localhost:${port}/lstm/wasm.js`));
    } finally {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  }

  it("is used, whatever the server takes it for", () =>
    serving([200, "text/plain", bytes], async (url) => {
      const cell = await load(at(url), "auto");
      expect([cell.backend, said()]).toEqual(["wasm", []]);
      cell.dispose();
    }));

  it.each([404, 500])("is answered with %d", (status) =>
    serving([status, "text/html", "<!doctype html>"], (url) =>
      refuses(url, new RegExp(`the server answers ${status} \\w+`)),
    ),
  );

  it("is a page, as of servers that send one for every address", () =>
    serving([200, "text/html", "<!doctype html>"], (url) =>
      refuses(url, /something else, text\/html: it begins with "<!doctype/),
    ));

  it.each(damages)("is a file %s", (_, content, problem) =>
    serving([200, "application/wasm", content()], (url) =>
      refuses(url, problem),
    ),
  );

  it("cannot be reached", async () => {
    let gone: URL | undefined;
    await serving([200, "", ""], (url) => {
      gone = url;
      return Promise.resolve();
    });
    await refuses(gone!, /fetch failed: .*ECONNREFUSED/);
  });
});

it("falls back where not even the module can be fetched", async () => {
  const wasm = (): Promise<KernelModule> =>
    Promise.reject(new TypeError("no chunk of that name"));
  const cell = at(new URL("file:///nowhere"), { wasm });
  expect((await load(cell, "auto")).backend).toBe("ts");
  expect(said().join()).toContain("no chunk of that name");
  await expect(load(cell, "wasm")).rejects.toThrow("no chunk of that name");
});

it("throws where there are no others", async () => {
  const cell = at(pathToFileURL(join(folder, "nowhere/wasm.js")), {
    ts: undefined,
  });
  await expect(load(cell, "auto")).rejects.toThrow("LSTM: no WebAssembly from");
  expect(said()).toEqual([]);
});

it("has another checksum, whichever single bit is another", () => {
  const few = Uint8Array.from({ length: 20 }, (_, i) => (i * 37) % 256);
  const sums = new Set([checksum(few)]);
  for (let bit = 0; bit < 160; bit++) {
    few[bit >> 3]! ^= 1 << (bit & 7);
    sums.add(checksum(few));
    few[bit >> 3]! ^= 1 << (bit & 7);
  }
  expect(sums.size).toBe(161);
});

it("has the checksum FNV-1a", () => {
  // From the authors' test vectors of 32 bits.
  const of = (word: string): number => checksum(new TextEncoder().encode(word));
  expect([of(""), of("a"), of("foobar")]).toEqual([
    0x811c9dc5, 0xe40c292c, 0xbf9cf968,
  ]);
});
