/**
 * Fused multiply-add for a module that was made without it, so that modules need not carry two bodies.
 *
 * Wherever `f32x4.mul`, `local.get` and `f32x4.add` follow each other, the sum is that of the product and the local: the
 * product becomes three `nop`s and the sum `f32x4.relaxed_madd`, which takes the two factors and the local. All
 * lengths stay. The bytes of `f32x4.mul` before a `local.get` cannot be anything else in a module of this compiler: as an
 * operand of another instruction they would be the number 29565 or one of over three millions.
 */
const product = [0xfd, 0xe6, 0x01];
const sum = [0xfd, 0xe4, 0x01];
const fused = [0xfd, 0x85, 0x02];
const localGet = 0x20;
const nop = 0x01;

/** Changes the bytes of a module in place, for engines with relaxed SIMD. */
export function fuse(bytes: Uint8Array): void {
  const follow = (at: number, [first, second, third]: readonly number[]) =>
    bytes[at] === first && bytes[at + 1] === second && bytes[at + 2] === third;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at + 3] !== localGet || !follow(at, product)) continue;
    let next = at + 4;
    // The number of the local, in groups of seven bits.
    while (bytes[next]! >= 0x80) next++;
    next++;
    if (!follow(next, sum)) continue;
    bytes.fill(nop, at, at + product.length);
    bytes.set(fused, next);
  }
}
