/**
 * The text of a kernel for a device. Lines between `//#if feature` and `//#else` or `//#end` are for devices
 * with that feature, those between `//#else` and `//#end` for all others.
 */
export type TextFeature =
  /** Invocations of a subgroup are next to each other, so that they may sum up among themselves. */
  | "subgroups"
  /** Four invocations next to each other may share what they load, and win something by it. */
  | "quads";

const mark = /^ *\/\/#(if|else|end)(?: (\w+))?$/;

/** The lines of `code` that are for devices with `features`; those that choose are gone. */
export function textFor(
  code: string,
  features: ReadonlySet<TextFeature>,
): string {
  let kept = true;
  return code
    .split("\n")
    .filter((line) => {
      const found = mark.exec(line);
      if (!found) return kept;
      const [, word, feature] = found;
      kept =
        word === "if"
          ? features.has(feature as TextFeature)
          : word === "else"
            ? !kept
            : true;
      return false;
    })
    .join("\n");
}
