/** Pieces of tensors. */
import type { GpuTensor } from "../../runtime/webgpu/tensor.js";

/** Numbers `from` … `to` of a vector; valid as long as the vector is. */
export function part(
  vector: GpuTensor,
  from: number,
  to: number,
  shape: readonly number[] = [to - from],
): GpuTensor {
  const { buffer, offset } = vector.piece;
  const piece = { buffer, offset: offset + from, length: to - from };
  // Where the whole is not, this throws what the whole would.
  const valid = (): boolean => vector.piece.buffer === buffer;
  return vector.beside(shape, piece, { token: false, valid });
}
