/** Finds what runs WebGPU in this process: the system's own adapter, else one in software, else the reason. */
import {
  findSoftware,
  softwareInstall,
  softwarePackage,
  softwareRunsHere,
  systemHasVulkan,
  useSoftware,
} from "./software.js";
import type { Variables } from "./software.js";

export interface FoundAdapter {
  /**
   * Where the adapter comes from. Dawn for Node frees everything made from an instance when this object is
   * collected, whatever is still in use: hold it as long as the adapter and its devices.
   */
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  /** The package and version it comes from, where it is not the system's own. */
  readonly from?: string;
  /** With these, processes that others start find it too; only where it is not the system's own. */
  readonly variables?: Variables;
}

export interface NoAdapter {
  readonly adapter?: undefined;
  readonly reason: string;
  /** What the user can do about it: a command, or a sentence. */
  readonly mend: string;
}

/**
 * Afterwards every WebGPU instance made in this process, or in one that it starts, finds the same adapter.
 * No device is made, and nothing is left that keeps the process alive.
 */
export async function findAdapter(): Promise<FoundAdapter | NoAdapter> {
  let create: () => GPU;
  try {
    create = await webgpu();
  } catch (error) {
    return isMissing(error)
      ? {
          reason: "the npm package webgpu is not installed",
          mend: "npm install webgpu",
        }
      : {
          reason: `the npm package webgpu does not load: ${messageOf(error)}`,
          mend: "it needs macOS, Windows, or Linux with glibc, on x64 or arm64",
        };
  }
  return (
    (vulkanIsMissing() ? undefined : await request(create())) ??
    findSoftwareAdapter(create)
  );
}

async function findSoftwareAdapter(
  create: () => GPU,
): Promise<FoundAdapter | NoAdapter> {
  const reason = "this system has no GPU that WebGPU can use";
  if (!softwareRunsHere()) return { reason, mend: systemMend() };
  const software = findSoftware();
  if (!software)
    return {
      reason: `${reason}, and the one in software is not installed`,
      mend: `${softwareInstall}, or ${systemMend()}`,
    };
  const from = `${softwarePackage} ${software.version}`;
  try {
    const variables = useSoftware(software);
    const found = await request(create());
    if (found) return { ...found, from, variables };
    return {
      reason: `${reason}, and the one in software from ${from} does not start`,
      mend: softwareInstall,
    };
  } catch (error) {
    return {
      reason: `${reason}, and the one in software from ${from} cannot be unpacked: ${messageOf(error)}`,
      mend: "set XDG_CACHE_HOME to a folder that can be written",
    };
  }
}

async function request(gpu: GPU): Promise<FoundAdapter | undefined> {
  const adapter = await gpu.requestAdapter();
  return adapter ? { gpu, adapter } : undefined;
}

const vulkanIsMissing = (): boolean =>
  process.platform === "linux" && !systemHasVulkan();

function systemMend(): string {
  switch (process.platform) {
    case "darwin":
      return "use a Mac with Metal";
    case "win32":
      return "install the driver of the GPU (Direct3D 12)";
    default:
      return "install the Vulkan driver of the GPU";
  }
}

/** Deno and Bun have WebGPU of their own; Node has it through the package. */
async function webgpu(): Promise<() => GPU> {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (own) return () => own;
  const { create } = await import("webgpu");
  return () => create([]);
}

const isMissing = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
