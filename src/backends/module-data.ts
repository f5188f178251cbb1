/** Descriptions as the text of an object literal: data that a generated module hands to the runtime. */
import { dataLiteral } from "../text/literals.js";

export const list = (key: string, items: readonly unknown[]): string[] =>
  items.length === 0
    ? [`  ${key}: [],`]
    : [
        `  ${key}: [`,
        ...items.map((item) => `    ${dataLiteral(item)},`),
        "  ],",
      ];

/** Lists below one key. */
export const group = (key: string, lists: object): string[] => [
  `  ${key}: {`,
  ...Object.entries(lists).flatMap(([name, items]) =>
    list(name, items as readonly unknown[]).map((line) => `  ${line}`),
  ),
  "  },",
];
