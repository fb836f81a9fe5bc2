/**
 * A data directory and those above it, made as needed.
 *
 * Method: one after the other from above. Node's own recursive mkdir never returns where a parent refuses children with ENOENT, as in /proc.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** @throws the file system's error of the first one that cannot be made */
export function makeDirectories(directory: string): void {
  if (existsSync(directory)) return;
  const parent = dirname(directory);
  if (parent !== directory) makeDirectories(parent);
  try {
    // Messages lie in it: for this user's eyes.
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(directory)) throw error;
  }
}
