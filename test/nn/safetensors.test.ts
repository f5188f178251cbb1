/** The safetensors format against bytes put together here: all types, odd names, bad headers, flipped bits. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeTensors, encodeTensors, torchRNN } from "cellc/nn";
import type { Tensor } from "cellc/nn";

type Entry = readonly [dtype: string, bytes: ArrayBufferView, shape?: number[]];

/** A file with any header, and with any number for its length. */
function file(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(0),
  length?: bigint,
): Uint8Array {
  const head =
    typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + head.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, length ?? BigInt(head.length), true);
  bytes.set(head, 8);
  bytes.set(data, 8 + head.length);
  return bytes;
}

/** A file with these tensors, one after the other. */
function fileOf(tensors: Readonly<Record<string, Entry>>): Uint8Array {
  let at = 0;
  const entries = Object.entries(tensors).map(
    ([name, [dtype, view, shape]]) => {
      const from = at;
      at += view.byteLength;
      const own = shape ?? [(view as Uint8Array).length];
      return [name, { dtype, shape: own, data_offsets: [from, at] }];
    },
  );
  const data = new Uint8Array(at);
  at = 0;
  for (const [, { buffer, byteOffset, byteLength }] of Object.values(tensors)) {
    data.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return file(JSON.stringify(Object.fromEntries(entries)), data);
}

const ones = Float32Array.of(1, 2);

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
      Float32Array.of(
        ...[1, -3, 2 ** -16, 0.75 * 2 ** -14, 2 ** -14, 57344, Infinity, NaN],
      ),
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

/** Of any kind of array, as callers without types may give them. */
const tensor = (values: unknown, ...shape: number[]): Tensor => ({
  values: values as Tensor["values"],
  shape,
});

const headerOf = (bytes: Uint8Array): Record<string, unknown> => {
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
};

describe("names", () => {
  it.each(["__proto__", "constructor", "toString", "", "a/b", "\ud800", "é\n"])(
    "may be %j",
    (name) => {
      const one = tensor(ones, 2);
      // Not `{ [name]: … }` alone, which would set a prototype if it were written out.
      const bytes = encodeTensors(Object.fromEntries([[name, one]]));
      const { tensors } = decodeTensors(bytes, "w");
      expect(Object.keys(tensors)).toEqual([name]);
      expect(tensors[name]).toEqual(one);
      const again = decodeTensors(encodeTensors(tensors), "w");
      expect(Object.entries(again.tensors)).toEqual([[name, one]]);
    },
  );

  it("are told as they can be shown", () => {
    const name = `\u001b[31m${"x".repeat(1000)}`;
    const bytes = fileOf({ [name]: ["F32", Uint8Array.of(1), [1]] });
    expect(() => decodeTensors(bytes, "w")).toThrow(
      /^w: "\\u001b\[31mx{95}…" of the type F32 .* has 1$/,
    );
  });

  it("of metadata come back too", () => {
    const metadata = Object.fromEntries([
      ["__proto__", "a"],
      ["toString", "b"],
    ]);
    const bytes = encodeTensors({}, metadata);
    expect(Object.entries(decodeTensors(bytes, "w").metadata)).toEqual(
      Object.entries(metadata),
    );
  });
});

describe("a file is read", () => {
  const one = '"dtype":"F32","shape":[2],"data_offsets":[0,8]';
  const eight = new Uint8Array(8);
  it.each<[string, unknown, string]>([
    ["a list of numbers", [1, 2, 3], "the bytes of a file, a Uint8Array; got"],
    ["another array", Float32Array.of(1), "got a Float32Array"],
    ["a buffer", new ArrayBuffer(16), "got a ArrayBuffer"],
    ["nothing", undefined, "got undefined"],
    [
      "a header of any length",
      file("{}", eight, 2n ** 63n),
      "would have 9223372036854775808 bytes, and 10 follow",
    ],
    [
      "a header that is longer than the file",
      file("{}", eight, 11n),
      "would have 11 bytes, and 10 follow",
    ],
    ["a header that is cut off", file("{}", eight, 1n), "is not JSON"],
    [
      "a header that is no text",
      file(Uint8Array.of(0x7b, 0xff, 0x7d)),
      "is not JSON",
    ],
    [
      "a name twice",
      file(`{"a":{${one}},"a":{${one}}}`, eight),
      "its header has a twice in one place",
    ],
    [
      "a name twice, in other letters",
      file(`{"a":{${one}},"\\u0061" : {${one}}}`, eight),
      "its header has a twice in one place",
    ],
    [
      "a property twice",
      file(`{"a":{${one},"dtype":"I32"}}`, eight),
      "its header has dtype twice in one place",
    ],
    [
      "an empty tensor twice",
      file(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"I32","shape":[0],"data_offsets":[0,0]}}',
      ),
      "its header has a twice",
    ],
    [
      "metadata twice",
      file('{"__metadata__":{},"__metadata__":{}}'),
      "its header has __metadata__ twice",
    ],
    [
      "places that overlap",
      file(
        `{"a":{${one}},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`,
        new Uint8Array(12),
      ),
      "b begins at byte 4 of the numbers, where 8 is expected",
    ],
    [
      "a place beyond the end",
      file(`{"a":{${one}}}`, new Uint8Array(4)),
      "a lies at the bytes 0 to 8 of 4",
    ],
    [
      "a place that ends before it begins",
      file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[8,4]}}', eight),
      "a lies at the bytes 8 to 4 of 8",
    ],
    [
      "half a place",
      file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}', eight),
      "a lies at the bytes 0 of 8",
    ],
    [
      "extents whose product is no number",
      file(
        `{"a":{"dtype":"F32","shape":[${`${2 ** 52},`.repeat(40)}1],"data_offsets":[0,8]}}`,
        eight,
      ),
      "needs Infinity bytes and has 8",
    ],
    [
      "half a byte too many",
      file('{"a":{"dtype":"F4","shape":[17],"data_offsets":[0,8]}}', eight),
      "needs 9 bytes and has 8",
    ],
  ])("only where it is one: not %s", (_, bytes, message) => {
    expect(() => decodeTensors(bytes as Uint8Array, "w")).toThrow(message);
  });

  it("with no numbers, whatever the other extents are", () => {
    const shape = [...Array.from({ length: 40 }, () => 2 ** 52), 0];
    const bytes = fileOf({ a: ["F32", new Uint8Array(0), shape] });
    const { tensors } = decodeTensors(bytes, "w");
    expect(tensors["a"]).toEqual({ values: new Float32Array(0), shape });
  });

  it("with texts that look like names, and names in objects of their own", () => {
    const bytes = file(
      `{"__metadata__":{"a":"\\"a\\":1,\\"a\\":2"} ,\n"a":{${one}}}`,
      eight,
    );
    expect(decodeTensors(bytes, "w").metadata).toEqual({
      a: '"a":1,"a":2',
    });
  });

  it("with a header of many names, soon", () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`layer.${i}`, tensor(ones, 2)]),
    );
    const start = performance.now();
    const { tensors } = decodeTensors(encodeTensors(many), "w");
    expect(Object.keys(tensors).length).toBe(20_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

it.each<[string, unknown, string]>([
  [
    "a list of numbers",
    { a: tensor([1, 2], 2) },
    "the tensor a: values is a Array: a typed array is wanted",
  ],
  ["an array alone", { a: ones }, "the tensor a also needs shape"],
  ["nothing", { a: undefined }, "the tensor a takes an object with values"],
  ["no tensors", undefined, "the tensors of a file are undefined"],
  ["no shape", { a: { values: ones } }, "the tensor a also needs shape"],
  ["another shape", { a: tensor(ones, 3) }, "a: 2 numbers are no [3]"],
  [
    "a broken shape",
    { a: tensor(ones, 0.5, 4) },
    "a: 2 numbers are no [0.5,4]",
  ],
  [
    "a view without numbers",
    { a: tensor(new DataView(new ArrayBuffer(8)), 8) },
    "a: values are an array of a kind that is not written",
  ],
  [
    "a name that is taken",
    { __metadata__: tensor(ones, 2) },
    "a tensor cannot be called __metadata__",
  ],
])("%s is not written", (_, tensors, message) => {
  expect(() => encodeTensors(tensors as never)).toThrow(message);
});

describe("a checksum", () => {
  const tensors = {
    "rnn.W": tensor(Float32Array.of(1, -2, 3, 1e-40), 2, 2),
    tokens: tensor(Int32Array.of(-1, 7, 5), 3),
  };
  const metadata = { made: "by a test", other: "é" };
  const bytes = encodeTensors(tensors, metadata);

  it("is that of zip and of Ethernet", () => {
    // CRC-32 of the nine digits is cbf43926 (Koopman's catalogue); here of the texts that name them and of the numbers.
    const text = (part: unknown): Buffer => Buffer.from(JSON.stringify(part));
    const data = Buffer.concat([
      text(["made", "x"]),
      text(["a", "F32", [2]]),
      Buffer.from(ones.buffer),
    ]);
    let rest = 0xffffffff;
    for (const byte of data) {
      rest ^= byte;
      for (let bit = 0; bit < 8; bit++)
        rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
    }
    const found = headerOf(
      encodeTensors({ a: tensor(ones, 2) }, { made: "x" }),
    );
    expect(found["__metadata__"]).toEqual({
      made: "x",
      "cellc.crc32": (~rest >>> 0).toString(16).padStart(8, "0"),
    });
  });

  it("finds every flipped bit of numbers, names, shapes and metadata", () => {
    const name = new TextDecoder("latin1").decode(bytes).indexOf("cellc.crc32");
    const silent: number[] = [];
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        expect(decodeTensors(flipped, "w").tensors).toEqual(tensors);
        silent.push(bit >> 3);
      } catch (error) {
        expect((error as Error).message).toMatch(/^w: /);
      }
    }
    // Where the name of the checksum itself is hit, it is a file without one.
    expect(
      silent.filter((at) => at < name || at >= name + "cellc.crc32".length),
    ).toEqual([]);
  });

  it("is told in words", () => {
    const flipped = bytes.slice();
    flipped[bytes.length - 1]! ^= 1;
    expect(() => decodeTensors(flipped, "w")).toThrow(
      "w: it is not as it was written: its numbers and their checksum do not belong together",
    );
  });

  it("does not depend on the order, and is made anew", () => {
    const found = decodeTensors(bytes, "w");
    expect(found).toEqual({ tensors, metadata });
    // Another program writes the same in another order, with the checksum that it found.
    const head = headerOf(bytes);
    const { "rnn.W": one, tokens: other } = tensors;
    const again = file(
      JSON.stringify({
        tokens: { ...(head["tokens"] as object), data_offsets: [0, 12] },
        __metadata__: head["__metadata__"],
        "rnn.W": { ...(head["rnn.W"] as object), data_offsets: [12, 28] },
      }),
      new Uint8Array(
        Buffer.concat([
          Buffer.from(other.values.buffer),
          Buffer.from(one.values.buffer),
        ]),
      ),
    );
    expect(decodeTensors(again, "w")).toEqual(found);
    const changed = { ...tensors, tokens: tensor(Int32Array.of(1), 1) };
    const own = decodeTensors(encodeTensors(changed, found.metadata), "w");
    expect(own.tensors).toEqual(changed);
  });

  it("is not needed", () => {
    const plain = fileOf({ a: ["F32", ones] });
    expect(decodeTensors(plain, "w").tensors["a"]!.values).toEqual(ones);
  });
});

const anyFloats = fc.float32Array({ maxLength: 6 });
const anyTensors = fc.dictionary(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.oneof(
    anyFloats.map((values) => tensor(values, values.length)),
    fc
      .float64Array({ maxLength: 4 })
      .map((values) => tensor(values, 1, values.length)),
    fc
      .int32Array({ maxLength: 5 })
      .map((values) => tensor(values, values.length, 1)),
  ),
  { maxKeys: 4 },
);

it("what is written is read again", () => {
  fc.assert(
    fc.property(
      anyTensors,
      fc.dictionary(fc.string(), fc.string()),
      (tensors, metadata) => {
        const found = decodeTensors(encodeTensors(tensors, metadata), "w");
        expect(found.tensors).toEqual({ ...tensors });
        expect(found.metadata).toEqual({ ...metadata });
      },
    ),
  );
});

it("damaged files are told in words", () => {
  const whole = fc.oneof(
    anyTensors.map((tensors) => encodeTensors(tensors, { a: "b" })),
    fc.constant(fileOf({ a: ["F32", ones], b: ["BOOL", Uint8Array.of(1)] })),
  );
  fc.assert(
    fc.property(
      whole,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.option(fc.nat(), { nil: undefined }),
      (bytes, changes, cut) => {
        const damaged = bytes.slice(0, cut && cut % bytes.length);
        for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
        try {
          const { tensors } = decodeTensors(damaged, "w");
          for (const each of Object.values(tensors)) void each.values;
        } catch (error) {
          expect((error as Error).constructor).toBe(Error);
          expect((error as Error).message).toMatch(/^w: /);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
