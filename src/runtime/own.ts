/**
 * Records by the names of a cell, any of which may be a name that all objects answer to: `toString`,
 * `constructor`, `__proto__`.
 */
export const own = <V>(
  record: Readonly<Partial<Record<string, V>>>,
  name: string,
): V | undefined => (Object.hasOwn(record, name) ? record[name] : undefined);

/** A record to fill, in which `__proto__` is a name like any other. */
export const emptyRecord = <V>(): Record<string, V> =>
  Object.create(null) as Record<string, V>;
