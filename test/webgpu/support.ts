/** For tests that run WGSL: on a real adapter, or skipped with the reason. */
import { describe, inject } from "vitest";

/** `describe` for what needs an adapter: skipped, and counted as such, where there is none. */
export function describeWebgpu(name: string, body: () => void): void {
  const missing = inject("noWebgpu");
  describe.skipIf(missing !== "")(
    missing === "" ? name : `${name} (skipped: ${missing})`,
    body,
  );
}
