import type { Browser } from "playwright-core";

/** @throws where there is no browser, with what was tried */
export function launchChromium(): Promise<Browser>;

export interface Site {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * A page that loads `/page.js`, where the files have no `/index.html`, and these files beside it.
 * @param files path, from `/` on → content
 * @param headers sent with every answer
 */
export function serve(
  files: ReadonlyMap<string, string | Uint8Array>,
  headers?: Readonly<Record<string, string>>,
): Promise<Site>;
