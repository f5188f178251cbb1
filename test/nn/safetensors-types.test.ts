/** Types of numbers in the safetensors format: what each is read as, and that none stands in the way of others. */
import { describe, expect, it } from "vitest";
import { decodeTensors, encodeTensors, torchRNN } from "cellc/nn";
import type { Tensor } from "cellc/nn";
import { fileOf, headerOf, ones, tensor } from "./tensor-file.js";
import type { Entry } from "./tensor-file.js";

describe("types of numbers", () => {
  it.each<[string, ArrayBufferView, Tensor["values"]]>([
    ["BOOL", Uint8Array.of(0, 1, 1), Int32Array.of(0, 1, 1)],
    ["U8", Uint8Array.of(0, 7, 255), Int32Array.of(0, 7, 255)],
    ["I8", Int8Array.of(-128, -1, 127), Int32Array.of(-128, -1, 127)],
    ["U16", Uint16Array.of(0, 65535), Int32Array.of(0, 65535)],
    ["I16", Int16Array.of(-32768, 32767), Int32Array.of(-32768, 32767)],
    ["U32", Uint32Array.of(0, 2 ** 31 - 1), Int32Array.of(0, 2 ** 31 - 1)],
    ["U32", Uint32Array.of(1, 2 ** 32 - 1), Float64Array.of(1, 2 ** 32 - 1)],
    ["I32", Int32Array.of(-5, 7), Int32Array.of(-5, 7)],
    ["I64", BigInt64Array.of(-(2n ** 31n), 7n), Int32Array.of(-(2 ** 31), 7)],
    ["I64", BigInt64Array.of(2n ** 40n, -7n), Float64Array.of(2 ** 40, -7)],
    ["U64", BigUint64Array.of(9n, 0n), Int32Array.of(9, 0)],
    ["U64", BigUint64Array.of(2n ** 53n - 1n), Float64Array.of(2 ** 53 - 1)],
    ["F64", Float64Array.of(0.1, -Infinity), Float64Array.of(0.1, -Infinity)],
    // One, two thirds of a power of two, the least, the largest, the endless one.
    [
      "F16",
      Uint16Array.of(0x3c00, 0xc200, 0x0001, 0x7bff, 0xfc00),
      Float32Array.of(1, -3, 2 ** -24, 65504, -Infinity),
    ],
    ["BF16", Uint16Array.of(0x3f80, 0xc040), Float32Array.of(1, -3)],
    // Micikevicius et al., 2022, table 1
    [
      "F8_E4M3",
      Uint8Array.of(0x38, 0xc4, 0x01, 0x07, 0x08, 0x7e, 0x7f, 0x00),
      Float32Array.of(1, -3, 2 ** -9, 0.875 * 2 ** -6, 2 ** -6, 448, NaN, 0),
    ],
    [
      "F8_E5M2",
      Uint8Array.of(0x3c, 0xc2, 0x01, 0x03, 0x04, 0x7b, 0x7c, 0x7f),
      Float32Array.from([
        1,
        -3,
        2 ** -16,
        0.75 * 2 ** -14,
        2 ** -14,
        57344,
        Infinity,
        NaN,
      ]),
    ],
    [
      "F8_E8M0",
      Uint8Array.of(127, 128, 120, 255),
      Float32Array.of(1, 2, 2 ** -7, NaN),
    ],
  ])("%s are read", (dtype, bytes, values) => {
    const { tensors } = decodeTensors(
      fileOf({ a: [dtype, bytes], b: ["F32", ones] }),
      "w",
    );
    expect(tensors["a"]!.values).toEqual(values);
    expect(tensors["b"]!.values).toEqual(ones);
  });

  it.each<[string, Entry, string]>([
    [
      "half bytes",
      ["F4", Uint8Array.of(1, 2), [4]],
      "a holds numbers of the type F4; read are F64, F32, F16, BF16, F8_E5M2",
    ],
    [
      "complex numbers",
      ["C64", Float32Array.of(1, 2), [1]],
      "a holds numbers of the type C64",
    ],
    [
      "a type of tomorrow",
      ["F2_E1M0", Uint8Array.of(1, 2, 3), [12]],
      "a holds numbers of the type F2_E1M0",
    ],
    [
      "a type that is a name of every object",
      ["toString", ones, [2]],
      "a holds numbers of the type toString",
    ],
    [
      "a number that is too large",
      ["I64", BigInt64Array.of(2n ** 60n + 1n)],
      "a holds 1152921504606846977, which has more than the 53 bits of a float64",
    ],
  ])("%s do not stand in the way of others", (_, entry, message) => {
    const bytes = fileOf({ a: entry, b: ["F32", ones] });
    const { tensors } = decodeTensors(bytes, "w.safetensors");
    expect(Object.keys(tensors)).toEqual(["a", "b"]);
    expect(tensors["b"]).toEqual({ values: ones, shape: [2] });
    expect(tensors["a"]!.shape).toEqual(entry[2] ?? [1]);
    // In another record too, and only when they are asked for.
    expect(() => ({ ...tensors })["a"]!.values).toThrow(
      `w.safetensors: ${message}`,
    );
    expect(() => encodeTensors(tensors)).toThrow(`w.safetensors: ${message}`);
  });

  it("tells of them where a cell needs them", () => {
    const F4 = (...shape: number[]): Entry => [
      "F4",
      new Uint8Array(shape.reduce((a, b) => a * b) / 2),
      shape,
    ];
    const { tensors } = decodeTensors(
      fileOf({ weight_ih_l0: F4(2, 2), weight_hh_l0: F4(2, 2) }),
      "w.safetensors",
    );
    expect(() => torchRNN(tensors)).toThrow(
      "w.safetensors: weight_ih_l0 holds numbers of the type F4",
    );
  });

  it.each<[string, ArrayBufferView]>([
    ["F64", Float64Array.of(1, 2)],
    ["F32", Float32Array.of(1, 2)],
    ["I32", Int32Array.of(1, -2)],
    ["U32", Uint32Array.of(1, 2)],
    ["I16", Int16Array.of(1, -2)],
    ["U16", Uint16Array.of(1, 2)],
    ["I8", Int8Array.of(1, -2)],
    ["U8", Uint8Array.of(1, 2)],
    ["I64", BigInt64Array.of(1n, -2n)],
    ["U64", BigUint64Array.of(1n, 2n)],
  ])("%s are written", (dtype, values) => {
    const odd = tensor(Uint8Array.of(1), 1);
    const bytes = encodeTensors({ odd, a: tensor(values, 2) });
    expect(headerOf(bytes)["a"]).toMatchObject({ dtype });
    const { tensors } = decodeTensors(bytes, "w");
    expect([...tensors["a"]!.values]).toEqual(
      Array.from(values as Int8Array, Number),
    );
  });
});
