/** Prints the kernels of stages, and says how each is dispatched. */
import type { Kernel, StageKind, Stage } from "../../passes/kernels.js";
import type {
  GpuDispatch,
  GpuStage,
  GpuWhole,
} from "../../runtime/webgpu/description.js";
import { storedArrays } from "../histories.js";
import { accessesOf } from "./accesses.js";
import { runs } from "./dispatch-printer.js";
import type { DispatchPrinter } from "./dispatch-printer.js";
import { chainsOf, unitsOf } from "./chains.js";
import type { Chain } from "./chains.js";
import { WgslFile } from "./file.js";
import { LoopMemory } from "./loop-memory.js";
import { Packing } from "./packing.js";
import type { Link } from "./print-chain.js";
import { loopBody } from "./print-loop.js";
import { staticBody } from "./print-static.js";
import { joinGroups } from "./step-groups.js";
import type { StepGroup, StepPlan } from "./step-groups.js";
import { hasWholeLoop, endsOf, planWholes, touches } from "./whole-loops.js";
import type { WholePlan } from "./whole-loops.js";
import type { Work } from "./work.js";

export class StagePrinter {
  readonly #work: Work;
  readonly #dispatches: DispatchPrinter;
  readonly #packing: Packing;
  readonly #wholes: ReadonlyMap<Stage, WholePlan>;

  constructor(work: Work, dispatches: DispatchPrinter) {
    this.#work = work;
    this.#wholes = new Map(
      [false, true].flatMap((backward) => [
        ...planWholes(work.schedule, backward),
      ]),
    );
    this.#dispatches = dispatches;
    this.#packing = new Packing(work);
  }

  stages(stages: readonly Stage[], adjoint: boolean): GpuStage[] {
    const all = stages.flatMap(({ kernels }) => kernels);
    const early = this.#packing.dispatches(all, adjoint, true);
    return stages.map((stage, i) => {
      if (stage.kind === "static" && !adjoint) {
        const dispatches = this.#static(stage, all);
        return { kind: stage.kind, before: i === 0 ? early : [], dispatches };
      }
      const own = this.#packing.dispatches(stage.kernels, adjoint, false);
      const before = [...(i === 0 ? early : []), ...own];
      const plan = this.#work.plans.of(stage);
      const whole = this.#wholes.get(stage);
      return {
        kind: stage.kind,
        before,
        ...(plan
          ? this.#steps(stage, plan, adjoint)
          : { dispatches: this.#each(stage, adjoint) }),
        ...(whole ? { whole: this.#whole(whole, adjoint) } : {}),
      };
    });
  }

  /** A dispatch for each chain of work. */
  #each(stage: Stage, adjoint: boolean): GpuDispatch[] {
    const { kind } = stage;
    return chainsOf(stage, this.#work).flatMap((chain) => {
      const apart = chain.flatMap((unit) =>
        this.#dispatches.unit(unit, kind, adjoint),
      );
      if (chain.length === 1) return apart;
      const links = chain.flatMap((unit, i): Link[] =>
        unit.kind === "sums"
          ? []
          : [{ unit, optional: apart[i]!.when !== undefined }],
      );
      const begins = adjoint && kind === "rows" && this.#begins(chain);
      return [this.#dispatches.chain(links, kind, adjoint, begins, apart)];
    });
  }

  /** What is computed from parameters alone, with the matrices in it that the kernels of the pass read. */
  #static(stage: Stage, all: readonly Kernel[]): GpuDispatch[] {
    const { kind, kernels } = stage;
    const maps = kernels.filter((kernel) => kernel.kind === "map");
    const computed = new Set(kernels.flatMap(storedArrays));
    const calls = this.#packing.matricesIn(computed, all, false);
    const name = kernels[0]!.name;
    const apart = [
      ...this.#each(stage, false),
      ...this.#packing.pack(calls, false, `${name}_then`, false),
    ];
    if (apart.length === 1 || maps.length < kernels.length) return apart;
    const file = new WgslFile(this.#work);
    const matrices = calls.map((call) => this.#packing.matrixOf(call, false));
    const head = [
      `${name}_and_pack: ${maps.map((map) => map.name).join(", ")}, ${runs[kind]}, and layouts for products`,
    ];
    const body = staticBody(
      maps,
      matrices,
      false,
      this.#dispatches.comments,
      file,
    );
    return [
      {
        kernel: this.#dispatches.add(`${name}_and_pack`, file, head, body),
        shape: "rows",
        extents: [],
        columns: calls.map(({ n }) => this.#work.size(n)),
        depths: calls.map(({ k }) => this.#work.size(k)),
        ...(calls.length > 0 ? { packs: true } : {}),
        apart,
      },
    ];
  }

  #kernel(kernel: Kernel, kind: StageKind, adjoint: boolean): GpuDispatch[] {
    return unitsOf(kernel, kind, this.#work).flatMap((unit) =>
      this.#dispatches.unit(unit, kind, adjoint),
    );
  }

  /** Whether a chain is the first of the backward pass that needs the cotangents behind the last steps, of its own rows. */
  #begins(chain: Chain): boolean {
    const { schedule } = this.#work;
    const { first } = endsOf(schedule, true);
    const own = new Set<Kernel>(chain.map(({ of }) => of));
    const timed = schedule.backward
      .filter(({ kind }) => kind === "rows" || kind === "loop")
      .flatMap(({ kernels }) => kernels);
    const before = timed.slice(
      0,
      timed.findIndex((kernel) => own.has(kernel)),
    );
    const needed = [...own]
      .flatMap((kernel) => accessesOf(kernel, 0))
      .filter(({ array }) => first.has(array));
    return (
      needed.length > 0 &&
      needed.every(({ step }) => step === 0) &&
      !before.some((kernel) => touches(kernel, first))
    );
  }

  /** The dispatches of single steps. */
  #steps(
    { kind }: Stage,
    plan: StepPlan,
    adjoint: boolean,
  ): Pick<GpuStage, "lead" | "dispatches"> {
    const lead = plan.lead && this.#kernel(plan.lead, kind, adjoint)[0]!;
    const dispatches = joinGroups(plan.groups).flatMap((groups) => {
      const [first, ...rest] = groups.map((group) => ({
        links: linksOf(group),
        dispatches: this.#group(group, adjoint),
      }));
      return rest.reduce((before, after) => {
        const links = [...before.links, ...after.links];
        const apart = [...before.dispatches, ...after.dispatches];
        return {
          links,
          dispatches: [
            this.#dispatches.chain(links, kind, adjoint, false, apart),
          ],
        };
      }, first!).dispatches;
    });
    return { ...(lead ? { lead } : {}), dispatches };
  }

  /** A group of kernels of a step by itself. */
  #group(group: StepGroup, adjoint: boolean): GpuDispatch[] {
    const [kernel, ...others] = group.kernels;
    const single =
      kernel!.kind === "map" ||
      unitsOf(kernel!, "loop", this.#work).length === 1 ||
      !hasWholeLoop([kernel!]);
    return others.length === 0 && !group.next && single
      ? this.#kernel(kernel!, "loop", adjoint)
      : [this.#dispatches.step(group, adjoint)];
  }

  #whole(plan: WholePlan, adjoint: boolean): GpuWhole {
    const work = this.#work;
    const { kernels, stages, begins, ends } = plan;
    const memory = new LoopMemory(kernels);
    const name = `${kernels[0]!.name}_loop`;
    const head = [`${name}: the whole time loop`];
    const file = new WgslFile(work, memory);
    return {
      kernel: this.#dispatches.add(
        name,
        file,
        head,
        loopBody(plan, adjoint, this.#dispatches.comments, file),
      ),
      kernels: kernels.length,
      memory: work.size(memory.entry),
      stages: stages.length,
      begins,
      ends,
    };
  }
}

/** What a group of kernels does, in order. */
const linksOf = ({ kernels, next }: StepGroup): Link[] => [
  ...kernels.map((kernel): Link => {
    const { name } = kernel;
    return kernel.kind === "map"
      ? { unit: { kind: "map", of: kernel, kernel }, optional: false }
      : {
          unit: {
            kind: "product",
            of: kernel,
            name,
            group: { calls: kernel.calls, optional: false },
          },
          optional: false,
        };
  }),
  ...(next
    ? [
        {
          unit: { kind: "map", of: next, kernel: next } as const,
          optional: false,
          next: true,
        },
      ]
    : []),
];
