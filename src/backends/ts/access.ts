/** Where elements stand: texts for the place of a row and of an element in it. */
import { sameSize, sizeNumber } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { ArrayPlan, Place } from "../../passes/kernels.js";
import {
  code,
  productText,
  showCode,
  sizeCode,
  sumText,
} from "./expression.js";
import type { Code } from "./expression.js";
import type { ModuleNames } from "./names.js";
import { Scope } from "./writer.js";

const sum = 11;
const factor = 12;

/** Text of a product, as something to go on with. */
export const times = (a: Code, b: Code): Code => {
  const text = productText(a, b);
  return code(text, text.includes(" ") ? factor : 18);
};

export const plus = (...parts: Code[]): Code => {
  const text = sumText(parts);
  return code(
    text,
    / [+-] /.test(text) ? sum : text.includes(" ") ? factor : 18,
  );
};

const whole = (value: number): Code => sizeCode(sizeNumber(value));

/** `_prev` for the step before, `_next2` for the step after the next. */
const stepsAway = (shift: number): string =>
  shift === 0
    ? ""
    : `_${shift < 0 ? "prev" : "next"}${Math.abs(shift) > 1 ? Math.abs(shift) : ""}`;

/** Sizes, arrays and first elements that one function uses. */
export class Access {
  readonly scope: Scope;
  readonly #used = new Set<string>();
  readonly #offsets = new Map<
    string,
    { name: string; value: Code; fixed: boolean }
  >();

  constructor(readonly names: ModuleNames) {
    this.scope = names.scope();
  }

  /** Fields of the work object that the function reads. */
  get used(): string[] {
    return [...this.#used];
  }

  /** The variable that holds an array. */
  array(array: ArrayPlan): string {
    const variable = this.names.array(array.id);
    this.#used.add(
      variable === array.id ? variable : `${array.id}: ${variable}`,
    );
    return variable;
  }

  use(name: string): string {
    this.#used.add(name);
    return name;
  }

  size(size: Size): Code {
    return sizeCode(size, (name) => this.use(this.names.size(name)));
  }

  /** Constants for first elements: `fixed` ones do not depend on the row. */
  offsets(fixed: boolean): { name: string; text: string }[] {
    return [...this.#offsets.values()]
      .filter((each) => each.fixed === fixed)
      .map(({ name, value }) => ({ name, text: showCode(value) }));
  }

  /** The first element of a place in the row at hand, as a variable unless it is zero. */
  first(place: Place): Code {
    const { array, offset, shift } = place;
    const key = `${array.id} ${shift} ${offset.key}`;
    const known = this.#offsets.get(key);
    if (known) return code(known.name);
    const fixed = array.extent === "static" || array.extent === "row";
    const value = fixed
      ? this.size(offset)
      : plus(this.#row(array, shift), this.size(offset));
    if (showCode(value) === "0") return code("0");
    const part = array.parts.find((each) => sameSize(each.offset, offset));
    const name = this.scope.unique(
      `at_${part?.name ?? array.id}${stepsAway(shift)}`,
    );
    this.#offsets.set(key, { name, value, fixed });
    return code(name);
  }

  #row(array: ArrayPlan, shift: number): Code {
    const { own } = this.names;
    const width = this.size(array.width);
    if (array.extent === "batch" || array.extent === "step")
      return times(code(own.b), width);
    if (array.tape) {
      this.use(own.kept);
      this.use(own.B);
      return times(code(own.kr), width);
    }
    const steps = array.lead + shift;
    if (steps === 0) return times(code(own.r), width);
    const rows = times(whole(steps), code(this.use(own.B)));
    return times(code(`${own.r} + ${showCode(rows)}`, sum), width);
  }

  /** The first row of a range of steps, for products: `from` is the text of the first step. */
  rangeStart(place: Place, from: string | undefined): Code {
    const { array, offset, shift } = place;
    const start = this.size(offset);
    if (array.extent !== "sequence" || from === undefined) return start;
    const { own } = this.names;
    const width = this.size(array.width);
    const steps = array.lead + shift;
    const step = array.tape
      ? times(code(from), code(this.use(own.kept)))
      : steps === 0
        ? code(from)
        : code(`${from} + ${steps}`, sum);
    return plus(times(times(step, code(this.use(own.B))), width), start);
  }
}
