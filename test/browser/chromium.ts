/**
 * A headless Chromium: on Linux x64 that of the development dependency `@sparticuz/chromium`, unpacked
 * together with the libraries that bare systems lack; elsewhere the system's own Chrome.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser, LaunchOptions } from "playwright-core";
import { findSoftware } from "../../src/adapter/software.js";
import { cacheFolders, unpack } from "../../src/adapter/unpack.js";

const flags = [
  // WebGPU, in software where there is no GPU.
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  // No traffic of the browser's own.
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @throws where there is no browser, with what was tried */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ args: flags, ...ownChromium() });
}

function ownChromium(): LaunchOptions {
  const software = findSoftware();
  if (!software) return { channel: "chrome" };
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
  // A browser of its own: the driver that this process may have set for WebGPU in Node is none of its business.
  const {
    VK_DRIVER_FILES: _driver,
    VK_ICD_FILENAMES: _manifest,
    ...env
  } = process.env;
  return {
    executablePath: join(folder, "chromium"),
    // Its sandbox needs root, or rights that containers do not give.
    chromiumSandbox: false,
    env: {
      ...env,
      LD_LIBRARY_PATH: join(folder, "lib"),
      FONTCONFIG_PATH: folder,
    } as Record<string, string>,
  };
}
