/** The files of a starter project: a cell, a program that trains it, and what npm needs. */

export interface Project {
  /** As `package.json` has it. */
  readonly name: string;
  /** What `dependencies` has for cellc: a range of versions, or `file:` and a folder. */
  readonly cellc: string;
}

const packageJson = ({ name, cellc }: Project): string =>
  `${JSON.stringify(
    {
      name,
      version: "0.1.0",
      private: true,
      type: "module",
      scripts: {
        start: "npm run check && npm run compile && npm run train",
        check: "cellc gradcheck cells --summary",
        compile: "cellc compile cells --out generated --backend ts,wasm",
        watch: "cellc compile cells --out generated --backend ts,wasm --watch",
        bench: "cellc bench cells",
        train: "node train.js",
      },
      dependencies: { cellc },
    },
    undefined,
    2,
  )}\n`;

const cells = `/// Empirical Evaluation of Gated Recurrent Neural Networks. Chung et al., 2014. Section 3.2: a start to change at will.
cell MyCell {
  input x: [M]
  state h: [N]

  gate r = sigmoid(affine(x, h[t-1]))
  gate z = sigmoid(affine(x, h[t-1]))
  gate n = tanh(affine(x, r * h[t-1]))
  h = (1 - z) * h[t-1] + z * n

  output h
}

/// One number out of what the cell remembers.
cell ReadOut {
  input h: [N]
  y: [K] = affine(h)
  output y
}

/// The loss is a cell too, without a state: one number per step, and its gradient for free.
cell SquaredError {
  input guess, y: [K]
  loss = sum(square(guess - y))
  output loss
}
`;

const train = `/**
 * The adding problem (Hochreiter and Schmidhuber, 1997): a sequence of numbers, two of which are marked, and the
 * sum of those two is wanted at its end. Always guessing the mean is wrong by 0.167.
 */
import {
  Adam,
  LastStep,
  loadCriterion,
  loadLayer,
  Model,
  Random,
  sequence,
  Stack,
  Trainer,
} from "cellc/nn";
import { MyCell } from "./generated/my-cell.js";
import { ReadOut } from "./generated/read-out.js";
import { SquaredError } from "./generated/squared-error.js";

const T = 20; // steps of a sequence
const B = 32; // sequences at once
const N = 32; // units

const model = new Model(
  new Stack({
    rnn: await loadLayer(MyCell, { sizes: { M: 2, N } }),
    last: new LastStep(),
    sum: await loadLayer(ReadOut, { sizes: { N, K: 1 } }),
  }),
  1,
);
const random = new Random(1);
const trainer = new Trainer({
  model,
  criterion: await loadCriterion(SquaredError, { sizes: { K: 1 } }),
  optimiser: new Adam(),
  rate: 5e-3,
  random,
  largestNorm: 1,
});

/** B sequences [T, B, 2] of numbers and marks, and their sums [B]. */
function draw() {
  const values = new Float32Array(T * B * 2);
  const sums = new Float32Array(B);
  for (let b = 0; b < B; b++) {
    const marked = [random.integer(T / 2), T / 2 + random.integer(T / 2)];
    for (let t = 0; t < T; t++) {
      const number = random.uniform();
      const mark = marked.includes(t) ? 1 : 0;
      values.set([number, mark], (t * B + b) * 2);
      sums[b] += number * mark;
    }
  }
  return { input: sequence(values, { batch: B, width: 2 }), sums };
}

let mean = 0.167;
for (let step = 1; step <= 3000; step++) {
  const { input, sums } = draw();
  const { value } = trainer.step(input, sums);
  mean += 0.02 * (value - mean);
  if (step % 300 === 0)
    console.log(\`step \${step}: wrong by \${mean.toFixed(4)} on average\`);
}
model.dispose();
`;

const readme = ({ name }: Project): string => `# ${name}

\`\`\`sh
npm install
npm start       # checks the gradients, compiles the cells, trains
\`\`\`

- \`cells/my-cell.cell\`: the equations. Change a gate, add a peephole, and run \`npm start\` again.
- \`train.js\`: a model around the cell, and a task for it.
- \`generated/\`: what \`npm run compile\` writes. \`npm run watch\` does so at every change.

\`npx cellc explain cells/my-cell.cell --cell MyCell\` shows the derivatives and what the compiler made of them; \`npm run bench\` how fast it is here.
`;

/** Texts by path. */
export const projectFiles = (
  project: Project,
): Readonly<Record<string, string>> => ({
  "package.json": packageJson(project),
  "cells/my-cell.cell": cells,
  "train.js": train,
  "README.md": readme(project),
  ".gitignore": "node_modules/\ngenerated/\n",
});
