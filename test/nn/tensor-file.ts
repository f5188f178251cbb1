/** Files in the safetensors format, put together by hand. */
import type { Tensor } from "cellc/nn";

export type Entry = readonly [
  dtype: string,
  bytes: ArrayBufferView,
  shape?: number[],
];

/** A file with any header, and with any number for its length. */
export function file(
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
export function fileOf(tensors: Readonly<Record<string, Entry>>): Uint8Array {
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

export const ones = Float32Array.of(1, 2);

/** Of any kind of array, as callers without types may give them. */
export const tensor = (values: unknown, ...shape: number[]): Tensor => ({
  values: values as Tensor["values"],
  shape,
});

export const headerOf = (bytes: Uint8Array): Record<string, unknown> => {
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
};
