/** A registry of npm on localhost that has this package, and sends elsewhere for all others. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash } from "node:crypto";

export interface Registry {
  readonly address: string;
  close(): Promise<void>;
}

/** @param elsewhere the address of another registry */
export async function startRegistry(
  manifest: { readonly name: string; readonly version: string },
  tarball: string,
  elsewhere: string,
): Promise<Registry> {
  const { name, version } = manifest;
  const bytes = readFileSync(tarball);
  const digest = createHash("sha512").update(bytes).digest("base64");
  const path = `/${name}/-/${name}-${version}.tgz`;
  const server = createServer(({ url, headers }, response) => {
    if (url === path) return response.end(bytes);
    if (url !== `/${name}`)
      return response
        .writeHead(307, { location: new URL(url!, elsewhere).href })
        .end();
    const dist = {
      tarball: `http://${headers.host}${path}`,
      integrity: `sha512-${digest}`,
    };
    return response.writeHead(200, { "content-type": "application/json" }).end(
      JSON.stringify({
        name,
        "dist-tags": { latest: version },
        versions: { [version]: { ...manifest, dist } },
      }),
    );
  });
  await new Promise<void>((listening) =>
    server.listen(0, "127.0.0.1", listening),
  );
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}
