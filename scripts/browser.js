// A headless Chromium and a server on localhost, for the tests and the benchmark.
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findSoftware } from "../dist/adapter/software.js";
import { cacheFolders, unpack } from "../dist/adapter/unpack.js";

const flags = [
  // WebGPU, also where the browser does not trust the driver.
  "--enable-unsafe-webgpu",
  // No traffic of the browser's own.
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launchChromium = () => chromium.launch(options());

/**
 * On Linux x64 that of the development dependency `@sparticuz/chromium`, unpacked together with the libraries
 * that bare systems lack; elsewhere the system's own Chrome.
 */
function options() {
  const software = findSoftware();
  if (!software) return { channel: "chrome", args: flags };
  const bin = join(software.folder, "bin");
  const folder = unpack(
    {
      name: `chromium-${software.version}`,
      archives: readdirSync(bin)
        .filter((name) => name.endsWith(".br"))
        .map((name) => join(bin, name)),
    },
    cacheFolders(software.folder),
  );
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: join(folder, "lib"),
    FONTCONFIG_PATH: folder,
  };
  // The driver that this process may have set for WebGPU in Node is none of the browser's business.
  delete env.VK_DRIVER_FILES;
  delete env.VK_ICD_FILENAMES;
  return {
    executablePath: join(folder, "chromium"),
    args: [...flags, "--use-webgpu-adapter=swiftshader"],
    // Its sandbox needs root, or rights that containers do not give.
    chromiumSandbox: false,
    env,
  };
}

const types = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
};

const page =
  '<!doctype html><title>cellc</title><script type="module" src="page.js"></script>';

const index = "/index.html";

export async function serve(files, headers = {}) {
  const server = createServer((request, response) => {
    const url = request.url === "/" ? index : request.url;
    const content = files.get(url) ?? (url === index ? page : undefined);
    const type = types[url.split(".").at(-1)];
    response.writeHead(content === undefined ? 404 : 200, {
      "content-type": type ?? "application/octet-stream",
      ...headers,
    });
    response.end(content ?? "");
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
