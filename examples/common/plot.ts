/** Curves as SVG files, by vega-lite. */
import { writeFileSync } from "node:fs";
import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { TopLevelSpec } from "vega-lite";

export async function writePlot(
  file: string,
  spec: TopLevelSpec,
): Promise<void> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  writeFileSync(file, `${await view.toSVG()}\n`);
  view.finalize();
}
