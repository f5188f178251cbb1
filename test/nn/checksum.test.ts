/** The checksum in files of tensors: every flipped bit is found, and nobody else needs to know of it. */
import { describe, expect, it } from "vitest";
import { decodeTensors, encodeTensors } from "cellc/nn";
import { file, fileOf, headerOf, ones, tensor } from "./tensor-file.js";

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
