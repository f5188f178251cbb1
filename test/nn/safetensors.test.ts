/** The safetensors format against bytes put together here: odd names, bad headers, damage. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeTensors, encodeTensors } from "cellc/nn";
import { file, fileOf, ones, tensor } from "./tensor-file.js";

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
