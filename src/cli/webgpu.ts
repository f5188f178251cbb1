/** For commands that run WGSL: makes sure that there is an adapter, before anything else is done. */
import { findAdapter } from "../adapter/find.js";
import type { FoundAdapter, NoAdapter } from "../adapter/find.js";
import { CallError } from "./io.js";
import type { Io } from "./io.js";

/**
 * Afterwards WebGPU finds an adapter in this process. Says so on stderr where that is not the system's own.
 * @throws CallError with the mend where there is none
 */
export async function needWebgpu(
  io: Pick<Io, "err">,
  find: () => Promise<FoundAdapter | NoAdapter> = findAdapter,
): Promise<void> {
  const found = await find();
  if (!found.adapter)
    throw new CallError(
      `WebGPU does not run here: ${found.reason}. To mend it: ${found.mend}`,
    );
  if (found.from !== undefined)
    io.err(
      `no GPU here: WebGPU runs in software (${found.adapter.info.architecture} from ${found.from})\n`,
    );
}
