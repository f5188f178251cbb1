/** `cellc doctor`: what this machine offers, and the mend for what is missing. */
import type { Command } from "commander";
import { examine } from "./doctor-examine.js";
import type { AdapterFacts, Examination } from "./doctor-examine.js";
import { colorsFor, exit } from "./io.js";
import type { Colors, ExitCode, Io } from "./io.js";
import { addCommonOptions } from "./options.js";
import type { CommonOptions } from "./options.js";

export function addDoctor(
  program: Command,
  io: Io,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command("doctor")
    .description(
      "say what this machine offers the kernels, and how to mend what is missing; exits 1 where a backend cannot run",
    );
  addCommonOptions(command).action(async (options: CommonOptions) => {
    const examination = await examine();
    io.out(
      options.json
        ? `${JSON.stringify(examination, null, 2)}\n`
        : describeExamination(examination, colorsFor(io, "out", options.color)),
    );
    done(examination.ok ? exit.fine : exit.spec);
  });
}

export function describeExamination(
  found: Examination,
  { bold, dim, green, red, yellow }: Colors,
): string {
  const yes = green("yes");
  const no = (needed: boolean): string => (needed ? red("no") : yellow("no"));
  const rows: [name: string, value: string][] = [
    ["Node", `${found.node} on ${found.platform}`],
    ["WebAssembly SIMD", found.simd ? yes : no(true)],
    ["relaxed SIMD", found.relaxedSimd ? yes : no(false)],
    [
      "threads",
      found.threads ? `${yes}, ${found.processors} processors` : no(false),
    ],
    [
      "WebGPU",
      found.webgpu ? `${yes}, ${adapterName(found.webgpu)}` : no(true),
    ],
    ...(found.webgpu ? adapterRows(found.webgpu) : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const lines = rows.map(
    ([name, value]) => `${bold(name.padEnd(width))}${value}`,
  );
  const { variables } = found.webgpu ?? {};
  if (variables)
    lines.push(
      "",
      "Commands of cellc find this adapter by themselves; programs of your own when they are started with",
      ...Object.entries(variables).map(([name, value]) => `  ${name}=${value}`),
    );
  if (found.mends.length > 0)
    lines.push(
      "",
      ...found.mends.flatMap(({ missing, needed, mend }) => [
        `${needed ? red("missing") : yellow("slower without")}: ${missing}`,
        `  ${dim("mend:")} ${mend}`,
      ]),
    );
  return `${lines.join("\n")}\n`;
}

function adapterName({
  vendor,
  architecture,
  description,
  software,
  from,
}: AdapterFacts): string {
  const name = [vendor, architecture].filter(Boolean).join(" ");
  const kind = software
    ? `software${from === undefined ? "" : ` from ${from}`}`
    : "GPU";
  return `${name}${description === "" ? "" : `, ${description}`} (${kind})`;
}

function adapterRows({
  limits,
  features,
  subgroupSizes,
}: AdapterFacts): [name: string, value: string][] {
  const [least, most] = subgroupSizes;
  const subgroups = least === most ? `${least}` : `${least} to ${most}`;
  return [
    ...Object.entries(features).map(([name, there]): [string, string] => [
      `  ${name}`,
      `${there ? "yes" : "no"}${there && name === "subgroups" ? `, of ${subgroups}` : ""}`,
    ]),
    ...Object.entries(limits).map(([name, limit]): [string, string] => [
      `  ${name}`,
      String(limit),
    ]),
  ];
}
