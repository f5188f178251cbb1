/** The layers of onnxruntime, on WebAssembly and native, one thread; it runs forward only. */
import * as native from "onnxruntime-node";
import * as web from "onnxruntime-web";
import type { Problem } from "../problem.js";
import { onnxLayer } from "./onnx-layer.js";
import { timed } from "./peer.js";
import type { Peer } from "./peer.js";

const options: web.InferenceSession.SessionOptions = {
  graphOptimizationLevel: "all",
  logSeverityLevel: 3,
};

const builds = {
  "onnxruntime-web": () => {
    web.env.wasm.numThreads = 1;
    web.env.logLevel = "error";
    return {
      runtime: web,
      options: { ...options, executionProviders: ["wasm"] },
    };
  },
  "onnxruntime-node": () => ({
    runtime: native,
    options: {
      ...options,
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    },
  }),
} as const;

export async function makeOnnxruntime(
  problem: Problem,
  name: keyof typeof builds,
): Promise<Peer | undefined> {
  const model = onnxLayer(problem);
  if (!model) return undefined;
  const { T, B, M } = problem;
  const { runtime, options } = builds[name]();
  const session = await runtime.InferenceSession.create(model, options);
  const feeds = { X: new runtime.Tensor("float32", problem.x, [T, B, M]) };
  return {
    name,
    forward: timed(async () => {
      const { Y } = await session.run(feeds);
      return Y!.data as Float32Array;
    }),
    dispose: () => void session.release(),
  };
}
