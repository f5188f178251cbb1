/**
 * Prints map kernels as functions of a step, a batch entry and either one element (`elements`: elements do
 * not need each other) or the number of a lane (`rows`: a workgroup shares a row, sums its lanes up, and
 * waits between segments that read what others wrote).
 */
import { multiplySizes, sizeNumber, sizeValue } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type {
  Accumulator,
  MapKernel,
  Segment,
  StageKind,
  Statement,
} from "../../passes/kernels.js";
import { lineComments } from "../../text/comments.js";
import { isElementwise, sumsAxis } from "./elementwise.js";
import type { WgslFile } from "./file.js";
import { indented } from "./lines.js";
import { inParts, partOf, partTurns } from "./long-sums.js";
import { Values } from "./values.js";

export interface PrintedMap {
  readonly shape: "elements" | "rows";
  /** Elements of each segment. */
  readonly extents: readonly Size[];
  /** The function `name(t, b, e)` or `name(t, b, lane)`. */
  readonly lines: readonly string[];
}

const one = sizeNumber(1);
const area = (loops: readonly Size[]): Size => loops.reduce(multiplySizes, one);

const block = (head: string, lines: readonly string[]): string[] => [
  `${head} {`,
  ...indented(lines),
  "}",
];

const started: Readonly<Record<Accumulator["combine"], string>> = {
  add: "0.0",
  max: "-infinity()",
  min: "infinity()",
};

const combined = (
  combine: Accumulator["combine"],
  a: string,
  b: string,
): string =>
  combine === "add"
    ? `${a} + ${b}`
    : `${combine === "max" ? "larger" : "smaller"}(${a}, ${b})`;

export class MapPrinter {
  readonly values: Values;

  /** @param lanes of the workgroup, where the form is `rows`: so many, or as the host says */
  constructor(
    readonly file: WgslFile,
    readonly kernel: MapKernel,
    kind: StageKind,
    adjoint: boolean,
    readonly lanes: number | "lanes",
  ) {
    this.values = new Values(file, kind, kernel.name, adjoint);
  }

  print(comments: (segment: Segment) => readonly string[]): PrintedMap {
    const { name, segments } = this.kernel;
    const elementwise = isElementwise(this.kernel);
    const body = segments.flatMap((segment, i) => [
      ...(i > 0 && !elementwise ? this.file.barrier : []),
      ...(segments.length > 1 && hasLoops(segment)
        ? lineComments(comments(segment))
        : []),
      ...(elementwise ? this.#elements(segment) : this.#rows(segment)),
    ]);
    const head = this.values.row(body.join("\n"));
    return {
      shape: elementwise ? "elements" : "rows",
      extents: elementwise ? segments.map(({ loops }) => area(loops)) : [one],
      lines: [
        ...block(
          `fn ${name}(t: i32, b: i32, ${elementwise ? "e" : "lane"}: i32)`,
          [...head, ...body],
        ),
      ],
    };
  }

  /** The loop indices of element e. */
  #indices({ loops }: Segment): string[] {
    const [outer, inner] = loops;
    if (!outer) return [];
    if (!inner) return ["let n = e;"];
    const width = this.file.size(inner);
    return [`let n = e / ${width};`, `let m = e % ${width};`];
  }

  #elements(segment: Segment): string[] {
    const { loops } = segment;
    if (loops.length === 0) return this.#straight(segment, "e == 0");
    return block(`if (e < ${this.file.size(area(loops))})`, [
      ...this.#indices(segment),
      ...this.#inside(segment),
    ]);
  }

  /** Statements without a loop: every invocation has the values, one stores them. */
  #straight({ body, after }: Segment, once: string): string[] {
    return [...body, ...after].flatMap((statement) => {
      const lines = this.values.statement(statement);
      return statement.kind === "let" ? lines : block(`if (${once})`, lines);
    });
  }

  /** The body of one element, with the loop of a local product. */
  #inside({ body, inner, accumulators, after }: Segment): string[] {
    const statements = (list: readonly Statement[]): string[] =>
      list.flatMap((statement) => this.values.statement(statement));
    return this.values.block([...body, ...after], () => {
      const before = statements(body);
      const sums =
        inner === undefined ? [] : this.#serial(accumulators, "k", inner);
      // What the loop loads again and again, too.
      return [...before, ...this.values.loads(), ...sums, ...statements(after)];
    });
  }

  #start({ local, combine }: Accumulator): string {
    if (combine !== "add") {
      this.file.use("infinity");
      this.file.use(combine === "max" ? "larger" : "smaller");
    }
    return `var ${this.values.name(local)} = ${started[combine]};`;
  }

  #accumulate({ local, combine, value }: Accumulator, parted: boolean): string {
    const name = this.values.name(local);
    const term = this.values.number(value);
    return combine === "add"
      ? `${parted ? partOf(name) : name} += ${term};`
      : `${name} = ${combined(combine, name, term)};`;
  }

  /** The loop of accumulators along an axis, over all of it or over every so many elements. */
  #accumulated(
    accumulators: readonly Accumulator[],
    variable: string,
    extent: Size,
    [from, by]: readonly [from: string, by: string | number],
    before: () => readonly string[],
  ): string[] {
    const sums = accumulators
      .filter(({ combine }) => combine === "add")
      .map(({ local }) => this.values.name(local));
    const known = sizeValue(extent);
    const parted =
      sums.length > 0 && (known === undefined || known > partTurns);
    const to = this.file.size(extent);
    const body = [
      ...before(),
      ...accumulators.map((each) => this.#accumulate(each, parted)),
    ];
    return parted
      ? inParts(sums, { variable, from, to, by, body })
      : block(
          `for (var ${variable} = ${from}; ${variable} < ${to}; ${variable} += ${by})`,
          body,
        );
  }

  #serial(
    accumulators: readonly Accumulator[],
    variable: string,
    extent: Size,
    before: () => readonly string[] = () => [],
  ): string[] {
    return [
      ...accumulators.map((each) => this.#start(each)),
      ...this.#accumulated(accumulators, variable, extent, ["0", 1], before),
    ];
  }

  #eachLane(variable: string, to: string, lines: readonly string[]): string[] {
    return block(
      `for (var ${variable} = lane; ${variable} < ${to}; ${variable} += ${this.lanes})`,
      lines,
    );
  }

  #rows(segment: Segment): string[] {
    const { loops, inner, accumulators, after, body } = segment;
    if (!sumsAxis(segment)) {
      if (loops.length === 0) return this.#straight(segment, "lane == 0");
      return this.#eachLane("e", this.file.size(area(loops)), [
        ...this.#indices(segment),
        ...this.#inside(segment),
      ]);
    }
    const [outer, last] = loops;
    if (!outer) throw new TypeError("a sum without an axis");
    if (last !== undefined)
      return this.#eachLane("n", this.file.size(outer), [
        ...this.#serial(accumulators, "m", last, () =>
          body.flatMap((each) => this.values.statement(each)),
        ),
        ...after.flatMap((each) => this.values.statement(each)),
      ]);
    return [
      ...accumulators.map((each) => this.#start(each)),
      ...this.#accumulated(accumulators, "n", outer, ["lane", this.lanes], () =>
        body.flatMap((each) => this.values.statement(each)),
      ),
      ...accumulators.map(({ local, combine }) => {
        const name = this.values.name(local);
        return `${name} = ${this.#acrossLanes(combine)}(${name}, lane);`;
      }),
      ...this.#straight(
        { ...segment, inner, body: [], loops: [], after },
        "lane == 0",
      ),
    ];
  }

  /** The function that brings the values of all lanes together, in a fixed order. */
  #acrossLanes(combine: Accumulator["combine"]): string {
    this.file.declare(
      `var<workgroup> shared_lanes: array<f32, ${this.lanes}>;`,
    );
    const name = `${combine}_lanes`;
    this.file.declare(
      [
        "",
        "/** What the values of all lanes make together; all lanes have to call it. */",
        ...block(`fn ${name}(value: f32, lane: i32) -> f32`, [
          ...this.file.either(
            "subgroups",
            [
              "var result = value;",
              "let together = i32(subgroupAdd(1u));",
              ...block("for (var half = together / 2; half > 0; half /= 2)", [
                `result = ${combined(combine, "result", "subgroupShuffleXor(result, u32(half))")};`,
              ]),
              "workgroupBarrier();",
              ...block("if (lane % together == 0)", [
                "shared_lanes[lane / together] = result;",
              ]),
              "workgroupBarrier();",
              "result = shared_lanes[0];",
              ...block(`for (var i = 1; i < ${this.lanes} / together; i++)`, [
                `result = ${combined(combine, "result", "shared_lanes[i]")};`,
              ]),
              "return result;",
            ],
            [
              "workgroupBarrier();",
              "shared_lanes[lane] = value;",
              ...block(
                `for (var half = ${this.lanes} / 2; half > 0; half /= 2)`,
                [
                  "workgroupBarrier();",
                  ...block("if (lane < half)", [
                    `shared_lanes[lane] = ${combined(combine, "shared_lanes[lane]", "shared_lanes[lane + half]")};`,
                  ]),
                ],
              ),
              "workgroupBarrier();",
              "return shared_lanes[0];",
            ],
          ),
        ]),
      ].join("\n"),
    );
    return name;
  }
}

const hasLoops = ({ loops, accumulators }: Segment): boolean =>
  loops.length > 0 || accumulators.length > 0;
