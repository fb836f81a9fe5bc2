/** Small helpers on bytes that Node's Buffer would give, for code without Node types. */

/** The empty byte string, shared. */
export const noBytes: Uint8Array = new Uint8Array(0);

/** Returns whether both hold the same bytes. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}
