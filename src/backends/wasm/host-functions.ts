/** What surrounds the kernels, as WAT: ends of sequences, cotangents that arrive there, sums of rows. */
import { headerField } from "./table.js";

const batch = headerField("batch");
const steps = headerField("steps");
const lengths = headerField("lengths");

/** Steps of entry b. */
const stepsOf = `(if (result i32) ${lengths}
        (then (i32.load (i32.add ${lengths} (i32.shl (local.get $b) (i32.const 2)))))
        (else ${steps}))`;

const eachEntry = (body: string): string => `  (loop $entries
    (if (i32.lt_u (local.get $b) ${batch})
      (then
        (local.set $steps ${stepsOf})
${body}
        (local.set $b (i32.add (local.get $b) (i32.const 1)))
        (br $entries))))`;

/** `row` bytes of entry b, `t` steps behind `base`. */
const rowAt = (base: string, t: string): string =>
  `(i32.add (local.get $${base}) (i32.mul (i32.add (i32.mul ${t} ${batch}) (local.get $b)) (local.get $row)))`;

const later = (
  body: string,
): string => `        (local.set $t (select (local.get $from) (local.get $steps) (i32.gt_u (local.get $from) (local.get $steps))))
        (loop $steps_left
          (if (i32.lt_u (local.get $t) (local.get $to))
            (then
${body}
              (local.set $t (i32.add (local.get $t) (i32.const 1)))
              (br $steps_left))))`;

export const hostFunctions: Readonly<
  Record<string, { readonly wat: string; readonly uses: readonly string[] }>
> = {
  /** Copies what each entry has `shift` steps before the end of its own sequence; `history` starts with the lag. */
  read_last: {
    wat: `(func $read_last (param $last i32) (param $history i32) (param $row i32) (param $shift i32)
  (local $b i32) (local $steps i32)
${eachEntry(`        (memory.copy
          ${rowAt("last", "(i32.const 0)")}
          ${rowAt("history", "(i32.add (local.get $steps) (local.get $shift))")}
          (local.get $row))`)})`,
    uses: [],
  },
  /** Zeros for entries whose sequence is over, in the steps from … to. */
  clear_finished: {
    wat: `(func $clear_finished (param $array i32) (param $row i32) (param $from i32) (param $to i32)
  (local $b i32) (local $steps i32) (local $t i32)
${eachEntry(
  later(
    `              (memory.fill ${rowAt("array", "(local.get $t)")} (i32.const 0) (local.get $row))`,
  ),
)})`,
    uses: [],
  },
  /**
   * Fills the rows from … to of what steps send back, where no step computes them: the `count` cotangents of
   * the final values (the last one first), and zeros.
   */
  arrive: {
    wat: `(func $arrive (param $back i32) (param $finals i32) (param $count i32) (param $row i32) (param $from i32) (param $to i32)
  (local $b i32) (local $steps i32) (local $t i32) (local $which i32)
${eachEntry(
  later(`              (local.set $which (i32.sub (i32.add (local.get $steps) (local.get $count)) (i32.add (local.get $t) (i32.const 1))))
              (if (i32.lt_u (local.get $which) (local.get $count))
                (then
                  (memory.copy
                    ${rowAt("back", "(local.get $t)")}
                    ${rowAt("finals", "(local.get $which)")}
                    (local.get $row)))
                (else
                  (memory.fill ${rowAt("back", "(local.get $t)")} (i32.const 0) (local.get $row))))`),
)})`,
    uses: [],
  },
  /** Adds one row of all entries. */
  add_rows: {
    wat: `(func $add_rows (param $to i32) (param $from i32) (param $row i32)
  (call $move_row (local.get $to) (local.get $from) (i32.shr_u (i32.mul (local.get $row) ${batch}) (i32.const 2)) (i32.const 1)))`,
    uses: ["move_row"],
  },
};
