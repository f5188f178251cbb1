/** Sums of products become one instruction, everything else stays. */
import binaryen from "binaryen";
import { expect, it } from "vitest";
import { fuse } from "../../src/runtime/wasm/fuse.js";
import { assemble } from "../backends/assemble-wat.js";

/** A function of so many vectors, as text, after the sums in it were fused; its length must stay. */
function fused(locals: number, value: string): string {
  const parameters = Array.from({ length: locals }, (_, i) => `$v${i}`);
  const bytes = new Uint8Array(
    assemble(
      [
        `(func (export "f") ${parameters.map((name) => `(param ${name} v128)`).join(" ")} (result v128) ${value})`,
      ],
      1,
    ),
  );
  const length = bytes.length;
  fuse(bytes);
  expect(bytes).toHaveLength(length);
  const module = binaryen.readBinary(bytes);
  try {
    module.setFeatures(
      binaryen.Features.SIMD128 | binaryen.Features.RelaxedSIMD,
    );
    expect(module.validate()).toBe(1);
    const text = module.emitText().replaceAll(/\s+/g, " ");
    return text.replaceAll(
      /\(block \(result v128\) (?:\(nop\) )+(.*?) \)/g,
      "$1",
    );
  } finally {
    module.dispose();
  }
}

const get = (i: number): string => `(local.get $v${i})`;
const product = (a: number, b: number): string =>
  `(f32x4.mul ${get(a)} ${get(b)})`;

it("takes a product and a local behind it", () => {
  expect(fused(3, `(f32x4.add ${product(0, 1)} ${get(2)})`)).toContain(
    "(f32x4.relaxed_madd (local.get $0) (local.get $1) (local.get $2) )",
  );
});

it("takes locals whose number has more than one byte", () => {
  expect(fused(300, `(f32x4.add ${product(130, 1)} ${get(299)})`)).toContain(
    "(f32x4.relaxed_madd (local.get $130) (local.get $1) (local.get $299) )",
  );
});

it("takes sums inside of products inside of sums", () => {
  const inner = `(f32x4.add ${product(0, 1)} ${get(2)})`;
  const text = fused(4, `(f32x4.add (f32x4.mul ${inner} ${get(0)}) ${get(3)})`);
  expect(text.match(/relaxed_madd/g)).toHaveLength(2);
});

it.each([
  `(f32x4.add ${get(2)} ${product(0, 1)})`,
  `(f32x4.sub ${product(0, 1)} ${get(2)})`,
  `(f32x4.mul ${product(0, 1)} ${get(2)})`,
  `(f32x4.add ${product(0, 1)} ${product(1, 2)})`,
  `(f64x2.add (f64x2.mul ${get(0)} ${get(1)}) ${get(2)})`,
])("leaves %s alone", (value) => {
  expect(fused(3, value)).not.toContain("relaxed");
});
