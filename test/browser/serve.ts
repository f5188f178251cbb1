/** A server on localhost for one bundle: a page with its program, and the bundle's files, with headers of one's own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Site {
  readonly address: string;
  close(): Promise<void>;
}

/** Without these a page has no shared memory, and so no threads. */
export const isolated = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const page =
  '<!doctype html><title>cellc</title><script type="module" src="page.js"></script>';

export async function serve(
  files: ReadonlyMap<string, string>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const server = createServer(({ url = "/" }, response) => {
    const text = url === "/" ? page : files.get(url);
    const type = url === "/" ? "text/html" : "text/javascript";
    response.writeHead(text === undefined ? 404 : 200, {
      "content-type": `${type}; charset=utf-8`,
      ...headers,
    });
    response.end(text ?? "");
  });
  await new Promise<void>((listening) =>
    server.listen(0, "127.0.0.1", listening),
  );
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
