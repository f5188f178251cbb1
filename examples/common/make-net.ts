/** A net where the user wants it. */
import type { Backend } from "./command.js";
import type { Net, NetPlan } from "./net.js";
import { makeGpuNet } from "./on-gpu.js";
import { makeHostNet } from "./on-host.js";

/** @param options `threads` is for kernels of WebAssembly */
export const makeNet = (
  plan: NetPlan,
  options: { readonly backend: Backend; readonly threads?: number },
): Promise<Net> => {
  const { backend, threads } = options;
  return backend === "webgpu"
    ? makeGpuNet(plan)
    : makeHostNet(plan, { backend, threads });
};
