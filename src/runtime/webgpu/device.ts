/**
 * Finds a GPU device: the caller's own, the platform's (`navigator.gpu` of browsers, Deno and Bun), or in
 * Node the one of the npm package `webgpu`, an optional peer dependency that is loaded when it is needed.
 */

/** Which device a cell runs on; at most one of the three is given. */
export interface DeviceOptions {
  /** A device that stays the caller's: `dispose` does not destroy it. */
  readonly device?: GPUDevice;
  /** Asked for an adapter in place of the platform's own. */
  readonly gpu?: GPU;
  readonly adapter?: GPUAdapter;
}

export interface FoundDevice {
  readonly device: GPUDevice;
  /** Whether the runtime made the device, so that it destroys it. */
  readonly own: boolean;
}

/** Limits that are raised to what the adapter has; nothing else is asked for. */
const raised = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

/** Features that kernels use where they are. */
const wished = ["subgroups"];

/** What the machine offers; undefined where it has no WebGPU at all. */
export async function findGpu(): Promise<GPU | undefined> {
  const platform = (globalThis as { navigator?: { gpu?: GPU } }).navigator;
  return platform?.gpu ?? (await nodeGpu());
}

/** An adapter of `gpu`, or an error that says what is missing. */
export async function findAdapter(gpu?: GPU): Promise<GPUAdapter> {
  const found = gpu ?? (await findGpu());
  if (!found)
    throw new Error(
      "there is no WebGPU here: `navigator.gpu` is missing, and in Node the package webgpu, 0.6.2 or newer, is not installed (npm install webgpu)",
    );
  const adapter = await found.requestAdapter({
    powerPreference: "high-performance",
  });
  if (!adapter)
    throw new Error(
      "WebGPU is here but has no adapter: no GPU, no driver, or the browser keeps it off; `npx cellc doctor` tells what is missing",
    );
  return keepAlive(adapter, found);
}

/** A device with the adapter's own limits. */
export async function findDevice({
  device,
  gpu,
  adapter,
}: DeviceOptions = {}): Promise<FoundDevice> {
  if (device) return { device, own: false };
  const from = adapter ?? (await findAdapter(gpu));
  const made = await from.requestDevice({
    requiredFeatures: wished.filter((name) =>
      from.features.has(name),
    ) as GPUFeatureName[],
    requiredLimits: Object.fromEntries(
      raised.map((name) => [name, from.limits[name]]),
    ),
  });
  keepAlive(made, from);
  return { device: made, own: true };
}

/** Whether the device calculates on the processor. */
export const isSoftware = (device: GPUDevice): boolean =>
  (device as { adapterInfo?: { isFallbackAdapter?: boolean } }).adapterInfo
    ?.isFallbackAdapter ?? false;

const origin = Symbol.for("cellc.origin");

/** In Node an object of WebGPU does not keep alive what it came from, and ends the process when that is gone. */
const keepAlive = <T extends object>(made: T, from: object): T =>
  Object.defineProperty(made, origin, { value: from, configurable: true });

interface NodePackage {
  readonly create: (flags: readonly string[]) => GPU;
}

/** In Node alone. The name stands in a variable so that bundlers leave it alone. */
async function nodeGpu(): Promise<GPU | undefined> {
  const versions = (
    globalThis as { process?: { versions?: Record<string, string> } }
  ).process?.versions;
  if (versions?.node === undefined) return undefined;
  const name = "webgpu";
  let found: NodePackage;
  try {
    found = (await import(
      /* webpackIgnore: true */ /* @vite-ignore */ name
    )) as NodePackage;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_MODULE_NOT_FOUND")
      return undefined;
    throw new Error(
      `the package webgpu does not load: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return found.create([]);
}
