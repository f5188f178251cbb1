// `npm run build`: compiles `src/` to `dist/`. npm also runs it in an installed package that a project links to.
import { build, hasSources } from "../bin/build.js";

if (hasSources() && !build()) process.exitCode = 70;
