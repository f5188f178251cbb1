/**
 * The safetensors format (Hugging Face): a length of 8 bytes, a header in JSON with name, type, shape and place of each
 * tensor, then the numbers, little-endian as all machines that run this are.
 */
import { checkArray, checkBytes, checkParts } from "../given.js";
import type { Values } from "../sequence.js";
import type { Tensor } from "../snapshot.js";
import { checksumOf } from "./checksum.js";
import type { Checked } from "./checksum.js";
import { bitsOf, dtypeOf, readNumbers } from "./dtypes.js";
import {
  elements,
  isCounts,
  metadataName,
  readHeader,
  shownName,
} from "./tensor-header.js";
import type { Entry } from "./tensor-header.js";

export type Tensors = Readonly<Record<string, Tensor>>;

export interface TensorFile {
  readonly tensors: Tensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/** As the format's own library has it; more is no header of tensors. */
const longestHeader = 100_000_000;

/** What the checksum is called among the metadata; nobody but the file sees it. */
const checksumName = "cellc.crc32";

/**
 * A file with these tensors, and a checksum over them and the metadata. Arrays of floats and of whole numbers are written
 * as they are.
 */
export function encodeTensors(
  tensors: Tensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  checkParts("the tensors of a file", tensors, []);
  for (const [name, text] of Object.entries(metadata))
    if (typeof text !== "string")
      throw new TypeError(`${name} of the metadata of a file is no text`);
  const all = Object.entries(tensors).map(toWrite);
  // Wide numbers first, so that all are aligned.
  all.sort((a, b) => bitsOf(b.dtype)! - bitsOf(a.dtype)!);
  const { [checksumName]: _, ...texts } = metadata;
  const entries: [name: string, entry: unknown][] = [
    [metadataName, { ...texts, [checksumName]: checksumOf(all, texts) }],
  ];
  let end = 0;
  for (const { name, dtype, shape, bytes } of all) {
    const from = end;
    end += bytes.length;
    entries.push([name, { dtype, shape, data_offsets: [from, end] }]);
  }
  // Not by assignment, which loses a tensor that is called __proto__.
  const head = encodeHeader(Object.fromEntries(entries));
  const file = new Uint8Array(8 + head.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  let at = 8 + head.length;
  for (const { bytes } of all) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** With spaces behind it, so that the numbers are aligned. */
function encodeHeader(header: object): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  head.set(text);
  if (head.length > longestHeader)
    throw new RangeError(
      `names and metadata of ${head.length} bytes are too long for a file, which has ${longestHeader} for them`,
    );
  return head;
}

function toWrite([name, tensor]: [name: string, tensor: Tensor]): Checked {
  const what = shownName(name);
  if (name === metadataName)
    throw new RangeError(`a tensor cannot be called ${metadataName}`);
  checkParts(`the tensor ${what}`, tensor, ["values", "shape"]);
  const { values, shape } = tensor;
  checkArray(`the tensor ${what}: values`, values, ", such as a Float32Array");
  const dtype = dtypeOf(values);
  if (dtype === undefined)
    throw new TypeError(
      `the tensor ${what}: values are an array of a kind that is not written`,
    );
  if (!isCounts(shape) || elements(shape) !== values.length)
    throw new RangeError(
      `${what}: ${values.length} numbers are no [${String(shape)}]`,
    );
  const { buffer, byteOffset, byteLength } = values;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return { name, dtype, shape, bytes };
}

/**
 * Reads a file. Floats of 8 and 16 bits become float32; whole numbers and truth values 32-bit integers, or float64 where
 * they need more bits. A tensor of a type that cannot be read has its shape, and throws when its `values` are asked for.
 *
 * @param what names the file in errors: it is none, it is damaged, or, by the checksum of one that cellc wrote, not as
 * it was written
 */
export function decodeTensors(bytes: Uint8Array, what: string): TensorFile {
  checkBytes("decodeTensors", bytes);
  const fault = (text: string): Error => new Error(`${what}: ${text}`);
  if (bytes.length < 8)
    throw fault(
      `${bytes.length} bytes are too short for a file in the safetensors format`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > longestHeader || Number(length) > bytes.length - 8)
    throw fault(
      `not a file in the safetensors format, or cut off: its header would have ${length} bytes, and ${bytes.length - 8} follow`,
    );
  const start = 8 + Number(length);
  // Copies, whose buffers are theirs alone: the `slice` of Node's buffers is none.
  const copy = (from: number, to: number): Uint8Array<ArrayBuffer> => {
    const own = new Uint8Array(to - from);
    own.set(bytes.subarray(from, to));
    return own;
  };
  const head = copy(8, start);
  const header = readHeader(head, bytes.length - start, fault);
  const all = header.entries.map((entry) => ({
    ...entry,
    bytes: copy(start + entry.from, start + entry.to),
  }));
  const { [checksumName]: checksum, ...metadata } = header.metadata;
  if (checksum !== undefined && checksum !== checksumOf(all, metadata))
    throw fault(
      "it is not as it was written: its numbers and their checksum do not belong together",
    );
  const tensors = Object.fromEntries(
    all.map((each) => [each.name, toTensor(each, fault)]),
  );
  return { tensors, metadata };
}

function toTensor(
  { name, dtype, shape, bytes }: Entry & { bytes: Uint8Array<ArrayBuffer> },
  fault: (text: string) => Error,
): Tensor {
  const values = readNumbers(dtype, bytes.buffer);
  if (typeof values !== "string") return { values, shape };
  return {
    shape,
    get values(): Values {
      throw fault(`${shownName(name)} ${values}`);
    },
  };
}
