/** What `cellc doctor` looks at: the facts, and the mend for each thing that is missing. */
import { availableParallelism } from "node:os";
import { findAdapter } from "../adapter/find.js";
import type { FoundAdapter } from "../adapter/find.js";
import { tryWgsl } from "../adapter/try-wgsl.js";
import { hasRelaxedSimd, hasWasm } from "../runtime/wasm/features.js";

export interface Mend {
  /** What is missing. */
  readonly missing: string;
  /** Whether a backend cannot run without it; otherwise one is only slower. */
  readonly needed: boolean;
  readonly mend: string;
}

export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly software: boolean;
  /** The package and version it comes from, where it is not the system's own. */
  readonly from?: string;
  /** Environment variables with which the user's own programs find it, where it is not the system's. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly subgroupSizes: readonly [min: number, max: number];
  readonly limits: Readonly<Record<string, number>>;
  /** Those that the kernels can use → whether the adapter has them. */
  readonly features: Readonly<Record<string, boolean>>;
}

export interface Examination {
  /** Every backend runs here. */
  readonly ok: boolean;
  readonly node: string;
  readonly platform: string;
  readonly processors: number;
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
  readonly threads: boolean;
  readonly webgpu: AdapterFacts | null;
  readonly mends: readonly Mend[];
}

const limits = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBuffersPerShaderStage",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
] as const;

const features = ["subgroups", "shader-f16", "timestamp-query"] as const;

/** The oldest Node that the package supports. */
const oldest = [20, 19] as const;

export async function examine(): Promise<Examination> {
  const mends: Mend[] = [];
  /** Notes a mend where something is missing. */
  const need = (there: boolean, mend: Mend): boolean => {
    if (!there) mends.push(mend);
    return there;
  };
  need(nodeIsNewEnough(process.versions.node), {
    missing: `Node ${oldest.join(".")}`,
    needed: true,
    mend: "install a newer Node from https://nodejs.org",
  });
  const simd = need(hasWasm(), {
    missing: "WebAssembly SIMD",
    needed: true,
    mend: "start Node without --jitless, on a processor with SSE 4.1 or NEON; until then use --backend ts",
  });
  const relaxedSimd = need(hasRelaxedSimd(), {
    missing: "relaxed SIMD",
    needed: false,
    mend: "use Node 22 or newer, or start this one with node --experimental-wasm-relaxed-simd",
  });
  const threads = need(hasSharedMemory(), {
    missing: "threads",
    needed: false,
    mend: "start Node without flags that forbid shared memory",
  });
  const webgpu = await examineWebgpu(need);
  return {
    ok: !mends.some(({ needed }) => needed),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    processors: availableParallelism(),
    simd,
    relaxedSimd,
    threads,
    webgpu,
    mends,
  };
}

async function examineWebgpu(
  need: (there: boolean, mend: Mend) => boolean,
): Promise<AdapterFacts | null> {
  const found = await findAdapter();
  if (!found.adapter) {
    need(false, {
      missing: `WebGPU: ${found.reason}`,
      needed: true,
      mend: found.mend,
    });
    return null;
  }
  const facts = adapterFacts(found);
  const problem = await tryWgsl(found);
  need(problem === undefined, {
    missing: `WebGPU: ${facts.description} does not calculate: ${problem}`,
    needed: true,
    mend: "update the driver of the GPU",
  });
  return problem === undefined ? facts : null;
}

function adapterFacts({
  adapter,
  from,
  variables,
}: FoundAdapter): AdapterFacts {
  const { info } = adapter;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    software: info.isFallbackAdapter,
    ...(from === undefined ? {} : { from }),
    ...(variables ? { variables } : {}),
    subgroupSizes: [info.subgroupMinSize, info.subgroupMaxSize],
    limits: Object.fromEntries(
      limits.map((name) => [name, adapter.limits[name]]),
    ),
    features: Object.fromEntries(
      features.map((name) => [name, adapter.features.has(name)]),
    ),
  };
}

export function nodeIsNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** Memory that several workers see: without it WebAssembly has one thread. */
function hasSharedMemory(): boolean {
  try {
    const { buffer } = new WebAssembly.Memory({
      initial: 1,
      maximum: 1,
      shared: true,
    });
    return buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}
