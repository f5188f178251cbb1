/** FNV-1a of 32 bits (Fowler, Noll, Vo): other bytes give another number, whichever single one is changed. */
export function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
