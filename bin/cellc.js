#!/usr/bin/env node
// The command of the package. In a checkout it first brings `dist/` up to date, so that `npx cellc`
// works right after `npm ci` and after every change.
import { ensureBuilt } from "./build.js";

if (ensureBuilt()) await import("../dist/cli/bin.js");
else process.exitCode = 70;
