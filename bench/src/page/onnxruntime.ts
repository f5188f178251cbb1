/** The layers of onnxruntime on WebGPU; it runs forward only. */
import * as ort from "onnxruntime-web/webgpu";
import { onnxLayer } from "../peers/onnx-layer.js";
import { timed } from "../peers/peer.js";
import type { Peer } from "../peers/peer.js";
import type { Problem } from "../problem.js";

export async function makeGpuOnnxruntime(
  problem: Problem,
): Promise<Peer | undefined> {
  const model = onnxLayer(problem);
  if (!model) return undefined;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/onnxruntime/";
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ["webgpu"],
    graphOptimizationLevel: "all",
    // A layer that is not on the GPU is no peer.
    extra: { session: { disable_cpu_ep_fallback: "1" } },
  });
  const { T, B, M } = problem;
  const feeds = { X: new ort.Tensor("float32", problem.x, [T, B, M]) };
  return {
    name: "onnxruntime-web webgpu",
    forward: timed(async () => {
      const { Y } = await session.run(feeds);
      return Y!.data as Float32Array;
    }),
    dispose: () => void session.release(),
  };
}
