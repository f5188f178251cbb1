/**
 * Prints what surrounds the stages: the values after the last step of each entry, the cotangents that arrive
 * there, and the gradients of the values before the first step.
 */

import type { Size } from "../../ir/size.js";
import type { ArrayPlan } from "../../passes/kernels.js";
import type { ArrayIndex } from "../../runtime/webgpu/description.js";
import type { WgslFile } from "./file.js";
import type { HistoryKey } from "../histories.js";
import type { Work } from "./work.js";

export interface PrintedEnd {
  readonly extents: readonly Size[];
  /** The function `forward_end`, `backward_begin` or `backward_end` of t, b and e. */
  readonly lines: readonly string[];
}

const entries = (
  name: string,
  { array, token }: HistoryKey,
  rows: number,
  adjoint: boolean,
  work: Work,
): ArrayIndex =>
  work.ownArray({
    name,
    group: adjoint ? "adjoint" : "work",
    width: work.size(array.width),
    rows,
    entries: true,
    token,
  });

/** `[B, …]`: the value after the last step. No array of the schedule has a space in its name. */
export const finalArray = (key: HistoryKey, work: Work): ArrayIndex =>
  entries(`final ${key.key}`, key, 1, false, work);

/** `[lag, B, …]`: cotangents of the final values of a state, latest first. */
export const finalCotangents = (key: HistoryKey, work: Work): ArrayIndex =>
  entries(`cotangent ${key.name}`, key, key.deepest, true, work);

/** `[B, …]`: the gradient of the value before the first step. */
export const startGradient = (key: HistoryKey, work: Work): ArrayIndex =>
  entries(`start ${key.key}`, key, 1, true, work);

const zero: Size = { terms: [], key: "0" };

const functionOf = (name: string, body: readonly string[]): string[] => [
  `fn ${name}(t: i32, b: i32, e: i32) {`,
  ...body.map((line) => `  ${line}`),
  "}",
];

const own = (
  name: string,
  array: ArrayIndex,
  file: WgslFile,
  row = 0,
): string => file.field(name, ["at", array, row, file.work.size(zero)]);

/** Steps of entry b. */
export const stepsOf = (file: WgslFile): string =>
  `i32(${file.group("given")}[${own("at_lengths", file.work.lengths, file)} + b])`;

export function forwardEnd(file: WgslFile): PrintedEnd | undefined {
  const { work } = file;
  const { keys } = work;
  if (keys.length === 0) return undefined;
  const extents = keys.map(({ array }) => array.width);
  const buffer = file.group("work");
  const lines = keys.flatMap((key) => {
    const { array, lag } = key;
    const width = file.size(array.width);
    const to = own(`at_final_${key.key}`, finalArray(key, work), file);
    const from = own(
      `at_${key.key}`,
      work.array(array),
      file,
      array.lead - lag,
    );
    return [
      `if (e < ${width}) {`,
      `  ${buffer}[${to} + b * ${width} + e] = ${file.buffer(array)}[${from} + (steps * ${file.batch} + b) * ${width} + e];`,
      "}",
    ];
  });
  return {
    extents,
    lines: functionOf("forward_end", [
      `let steps = ${stepsOf(file)};`,
      ...lines,
    ]),
  };
}

/** Fills the rows that no step computes: cotangents of the final values, the last one first, and zeros. */
export function backwardBegin(file: WgslFile): PrintedEnd | undefined {
  const { work } = file;
  const { cell, adjoint, place } = work.schedule;
  const seeds = cell.outputs.map(({ name }) => place("seed", name)!.array);
  const buffer = file.group("adjoint");
  const row = (at: string, width: string): string =>
    `${buffer}[${at} + (t * ${file.batch} + b) * ${width} + e]`;
  const at = (array: ArrayPlan, name: string): string =>
    own(name, work.array(array), file, array.lead);
  const lines = [
    ...seeds.flatMap((array) => {
      const width = file.size(array.width);
      return [
        `if (e < ${width} && t < ${file.field("T", ["steps"])}) {`,
        `  ${row(at(array, `at_${array.id}`), width)} = 0.0;`,
        "}",
      ];
    }),
    ...adjoint.carried.flatMap(({ name, lag }) => {
      const { array } = place("carried", `${name}@${lag}`)!;
      const key = work.keys.find((each) => each.name === name)!;
      const width = file.size(array.width);
      const finals = own(
        `at_cotangent_${name}`,
        finalCotangents(key, work),
        file,
      );
      const count = lag === key.deepest ? lag : 0;
      const rows = `t < ${file.field("T", ["steps"])} + ${lag}`;
      const to = row(own(`at_${array.id}`, work.array(array), file), width);
      if (count === 0)
        return [`if (e < ${width} && ${rows}) {`, `  ${to} = 0.0;`, "}"];
      return [
        `if (e < ${width} && ${rows}) {`,
        `  let which = steps + ${count - 1} - t;`,
        "  var value = 0.0;",
        "  if (which >= 0) {",
        `    value = ${buffer}[${finals} + (which * ${file.batch} + b) * ${width} + e];`,
        "  }",
        `  ${to} = value;`,
        "}",
      ];
    }),
  ];
  if (lines.length === 0) return undefined;
  return {
    extents: [
      ...seeds.map(({ width }) => width),
      ...adjoint.carried.map(
        ({ name, lag }) => place("carried", `${name}@${lag}`)!.array.width,
      ),
    ],
    lines: functionOf("backward_begin", [
      `let steps = ${stepsOf(file)};`,
      "if (t < steps) {",
      "  return;",
      "}",
      ...lines,
    ]),
  };
}

/** Steps behind the last one that steps send cotangents to. */
export const tailOf = ({ schedule }: Work): number =>
  Math.max(0, ...schedule.adjoint.carried.map(({ lag }) => lag));

export function backwardEnd(file: WgslFile): PrintedEnd | undefined {
  const { work } = file;
  const { adjoint, place, cell } = work.schedule;
  const floats = work.keys.filter(({ token }) => !token);
  if (floats.length === 0) return undefined;
  const buffer = file.group("adjoint");
  const lines = floats.flatMap((key) => {
    const width = file.size(key.array.width);
    const name = `start_${key.key.replaceAll("@", "_")}`;
    const parts = adjoint.carried
      .filter(({ name: of, lag }) => of === key.name && lag >= key.lag)
      .map(({ lag }) => {
        const { array } = place("carried", `${key.name}@${lag}`)!;
        const from = own(
          `at_${array.id}`,
          work.array(array),
          file,
          lag - key.lag,
        );
        return `${buffer}[${from} + b * ${width} + e]`;
      });
    const to = own(`at_start_${key.key}`, startGradient(key, work), file);
    return [
      `var ${name} = 0.0;`,
      `if (e < ${width}) {`,
      `  ${name} = ${parts.length > 0 ? parts.join(" + ") : "0.0"};`,
      `  ${buffer}[${to} + b * ${width} + e] = ${name};`,
      "}",
    ];
  });
  const initial = cell.states
    .filter((state) => state.initial)
    .flatMap(({ name }) => {
      const { array } = place("initial", name)!;
      const width = file.size(array.width);
      const parts = floats
        .filter((key) => key.name === name)
        .map((key) => {
          const at = work.keys.indexOf(key);
          const given = file.field(`given_${key.key}`, ["given", at]);
          return `select(start_${key.key.replaceAll("@", "_")}, 0.0, ${given} == 1)`;
        });
      if (parts.length === 0) return [];
      return [
        `if (e < ${width}) {`,
        `  ${buffer}[${own(`at_${array.id}`, work.array(array), file)} + b * ${width} + e] = ${parts.join(" + ")};`,
        "}",
      ];
    });
  return {
    extents: floats.map(({ array }) => array.width),
    lines: functionOf("backward_end", [...lines, ...initial]),
  };
}
