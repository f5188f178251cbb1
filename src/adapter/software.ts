/**
 * A WebGPU adapter in software, for machines without a GPU and without root: SwiftShader, a Vulkan driver
 * for the CPU, from the npm package `@sparticuz/chromium`, where that is installed.
 */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { packageFolder } from "./package-folder.js";
import { cacheFolders, unpack } from "./unpack.js";

/** The package, and the newest version of it for Node 20. */
export const softwarePackage = "@sparticuz/chromium";
export const softwareInstall = `npm install --save-dev ${softwarePackage}@143`;

const loader = "libvulkan.so.1";
const driver = "libvk_swiftshader.so";
const manifest = "vk_swiftshader_icd.json";

/** Of a package that is installed here. */
export interface Software {
  readonly version: string;
  /** Folder of the package. */
  readonly folder: string;
}

/** The package's binaries are for Linux on x64. */
export const softwareRunsHere = (): boolean =>
  process.platform === "linux" && process.arch === "x64";

export function findSoftware(): Software | undefined {
  if (!softwareRunsHere()) return undefined;
  const folder = packageFolder(softwarePackage);
  if (folder === undefined) return undefined;
  const { version } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as { version: string };
  return { version, folder };
}

/** The folder of the driver, unpacked where it was not yet. */
const unpackDriver = ({ version, folder }: Software): string =>
  unpack(
    {
      name: `swiftshader-${version}`,
      archives: [join(folder, "bin", "swiftshader.tar.br")],
      wanted: (path) => [loader, driver, manifest].includes(path),
    },
    cacheFolders(folder),
  );

/** Environment variables, by name. */
export type Variables = Readonly<Record<string, string>>;

/**
 * Makes the driver the one that Vulkan finds, in this process and in those it starts.
 * @returns what other processes have to be started with to find it
 * @throws where it cannot be unpacked
 */
export function useSoftware(software: Software): Variables {
  const folder = unpackDriver(software);
  const path = process.env["LD_LIBRARY_PATH"];
  const variables = {
    // Read when a process starts. The running one finds the loader because it is there already.
    LD_LIBRARY_PATH: path ? `${folder}${delimiter}${path}` : folder,
    VK_DRIVER_FILES: join(folder, manifest),
  };
  // The second is the name for loaders from before 2022.
  Object.assign(process.env, variables, {
    VK_ICD_FILENAMES: variables.VK_DRIVER_FILES,
  });
  loadLibrary(join(folder, loader));
  return variables;
}

/** Whether the system itself has Vulkan; asked first, because Dawn complains on stderr where it has not. */
export const systemHasVulkan = (): boolean => loadLibrary(loader);

/** `RTLD_NODELETE` of dlopen(3), which Node does not name. */
const stay = 0x1000;

/**
 * Loads a shared library into this process for good: later requests for its name get this one.
 * False where there is none.
 */
function loadLibrary(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | stay);
    return true;
  } catch (error) {
    // Node misses the entry point of a Node module, but only after the library was loaded.
    return (
      error instanceof Error && /did not self-register/.test(error.message)
    );
  }
}
