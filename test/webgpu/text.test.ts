/** Which lines of a kernel's text a device gets. */
import { expect, it } from "vitest";
import { textFor } from "../../src/runtime/webgpu/text.js";
import type { TextFeature } from "../../src/runtime/webgpu/text.js";

const code = `first
//#if subgroups
together
//#end
  //#if quads
  shared
  //#else
  alone
  //#end
last // #if it were so`;

const chosen = (...features: TextFeature[]): string[] =>
  textFor(code, new Set(features)).split("\n");

it.each<[TextFeature[], string[]]>([
  [[], ["first", "  alone", "last // #if it were so"]],
  [["subgroups"], ["first", "together", "  alone", "last // #if it were so"]],
  [
    ["subgroups", "quads"],
    ["first", "together", "  shared", "last // #if it were so"],
  ],
])("with %j", (features, lines) => {
  expect(chosen(...features)).toEqual(lines);
});
