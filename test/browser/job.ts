/** What the tests send to a page, and what comes back: plain values, which cross the border as they are. */

type Arrays = Readonly<Record<string, readonly number[]>>;

export interface Job {
  readonly cell: string;
  readonly options: {
    readonly backend: string;
    readonly precision?: string;
    readonly threads?: number;
    readonly regime?: "loop" | "steps";
    readonly sizes: Readonly<Record<string, number>>;
  };
  readonly batch: number;
  readonly lengths?: readonly number[];
  readonly params: Arrays;
  readonly inputs: Arrays;
  readonly states: Arrays;
  readonly cotangents: { readonly outputs: Arrays; readonly states: Arrays };
}

export interface Answer {
  /** What the cell says it runs on. */
  readonly backend: string;
  /** In how many threads, or in which regime of the GPU. */
  readonly how: string;
  /** Warnings of the console meanwhile. */
  readonly warnings: readonly string[];
  /** What it informs of. */
  readonly infos: readonly string[];
  /** Every output, state and gradient, by kind and name. */
  readonly arrays: Arrays;
}

/** What the program of the page leaves for the tests. */
export interface PageGlobals {
  runJob(job: Job): Promise<Answer>;
}
