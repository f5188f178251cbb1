// `npm run build`: compiles `src/` to `dist/`.
import { build } from "../bin/build.js";

if (!build()) process.exitCode = 70;
