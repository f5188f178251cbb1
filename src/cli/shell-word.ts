/** A word of a command line that people copy into their shell: nothing in it is more than a part of the word. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  // What every shell reads alike.
  if (/^[\w@+=:,./ -]+$/.test(text)) return `"${text}"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
