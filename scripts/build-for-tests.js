// Before the tests: brings `dist/` up to date once, for the tests that start processes of their own. A build
// that fails is on the screen, and fails those tests alone.
import { ensureBuilt } from "../bin/build.js";

export default function setup() {
  ensureBuilt();
}
