import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/browser.js";

/** Nothing where there is no browser, which is said; with `CELLC_NO_SKIPS` set, as in `.ci/run`, an error. */
export const launchOrSkip = (): Promise<Browser | undefined> =>
  launchChromium().catch((error: unknown) => {
    if (process.env["CELLC_NO_SKIPS"]) throw error;
    console.error(`\nNO BROWSER IS TESTED: ${String(error)}\n`);
    return undefined;
  });

/** Without these headers a page has no shared memory, and so no threads. */
export const isolated = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
