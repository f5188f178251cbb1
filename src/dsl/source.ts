/** From the bytes of a file to its text, with the limits that keep later stages safe. */
import type { DiagnosticBag } from "../diagnostics/bag.js";
import { fileSizeLimit } from "./limits.js";

/** The text without a byte order mark, or `undefined` when it is reported as too large or not UTF-8. */
export function decodeSource(
  file: string,
  bytes: Uint8Array,
  bag: DiagnosticBag,
): string | undefined {
  if (bytes.length > fileSizeLimit) {
    bag.addSource(file, "");
    bag.report("fileTooLarge", {
      span: { file, start: 0, end: 0 },
      limit: fileSizeLimit,
    });
    return undefined;
  }
  const text = decode(bytes);
  if (text === undefined) {
    const offset = firstWrongByte(bytes);
    const before = decode(bytes.subarray(0, offset)) ?? "";
    bag.addSource(file, new TextDecoder().decode(bytes));
    bag.report("notUtf8", {
      span: { file, start: before.length, end: before.length + 1 },
      offset,
      utf16:
        (bytes[0] === 0xff && bytes[1] === 0xfe) ||
        (bytes[0] === 0xfe && bytes[1] === 0xff),
    });
    return undefined;
  }
  bag.addSource(file, text);
  return text;
}

function decode(bytes: Uint8Array, stream = false): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream });
  } catch {
    return undefined;
  }
}

/** Bisects for the longest prefix that some valid text starts with; ends before the sequence that is cut off. */
function firstWrongByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (
      middle <= bytes.length &&
      decode(bytes.subarray(0, middle), true) !== undefined
    )
      good = middle;
    else bad = middle;
  }
  while (good > 0 && decode(bytes.subarray(0, good)) === undefined) good--;
  return good;
}
