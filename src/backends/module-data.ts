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

/** Members of the literal, in their order. */
export const members = (data: object): string[] =>
  Object.entries(data).flatMap(([key, value]) =>
    Array.isArray(value)
      ? list(key, value as readonly unknown[])
      : value === false
        ? []
        : [`  ${key}: ${dataLiteral(value)},`],
  );

/** Lists below one key. */
export const group = (key: string, lists: object): string[] => [
  `  ${key}: {`,
  ...Object.entries(lists).flatMap(([name, items]) =>
    list(name, items as readonly unknown[]).map((line) => `  ${line}`),
  ),
  "  },",
];
