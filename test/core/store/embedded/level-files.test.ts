/** LevelDB's files as this project reads them: a file that LevelDB wrote is sound, and each changed byte of it is noticed. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32c, maskedCrc } from '../../../../core/store/embedded/level-files/crc32c.ts';
import { readLog } from '../../../../core/store/embedded/level-files/log-file.ts';
import { unpackSnappy } from '../../../../core/store/embedded/level-files/snappy.ts';
import { verifyTable } from '../../../../core/store/embedded/level-files/table-file.ts';
import { applyVersionEdit, type LiveTable } from '../../../../core/store/embedded/level-files/version-edits.ts';

describe('checksum and packing', () => {
  it('gives the known CRC-32C', () => {
    expect(crc32c(new TextEncoder().encode('123456789'), 0, 9)).toBe(0xe3069283);
    // From LevelDB's crc32c_test: 32 bytes of zeros.
    expect(crc32c(new Uint8Array(32), 0, 32)).toBe(0x8a9136aa);
    expect(maskedCrc(0)).toBe(0xa282ead8);
  });

  it('unpacks literals and copies, also overlapping ones', () => {
    // 10 bytes: the literal "ab", then 8 bytes from 2 back (a copy with two bytes of distance).
    expect(new TextDecoder().decode(unpackSnappy(Uint8Array.of(10, 1 << 2, 97, 98, (7 << 2) | 2, 2, 0)))).toBe('ababababab');
    expect(() => unpackSnappy(Uint8Array.of(10, 1 << 2, 97, 98, (7 << 2) | 2, 3, 0))).toThrow(/copies from nowhere/);
    expect(() => unpackSnappy(Uint8Array.of(10, 1 << 2, 97, 98))).toThrow(/holds less than it says/);
  });
});

describe('files that LevelDB wrote', () => {
  let directory: string;
  const files = new Map<string, Buffer>();
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'parley-level-'));
    const level = new ClassicLevel(directory);
    await level.open();
    for (let round = 0; round < 6; round += 1) {
      const batch = level.batch();
      for (let key = 0; key < 300; key += 1) batch.put(`key ${(key * 7 + round) % 500}`, `value ${'x'.repeat(key % 90)} ${round}`);
      await batch.write();
      await level.compactRange('~', '~~');
    }
    await level.close();
    for (const name of await readdir(directory)) files.set(name, await readFile(join(directory, name)));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const only = (pattern: RegExp): Buffer => {
    const found = [...files].filter(([name, bytes]) => pattern.test(name) && bytes.length > 0);
    expect(found.length).toBeGreaterThan(0);
    return found[0][1];
  };

  it('lists in its MANIFEST the tables that are there, with their sizes', () => {
    const tables = new Map<number, LiveTable>();
    const manifest = only(/^MANIFEST/);
    expect(readLog(manifest, 0, (record) => applyVersionEdit(record, tables))).toEqual({ wholeBytes: manifest.length, damaged: false });
    // What a compaction made that the close cut off may lie beside them.
    const there = new Map(
      [...files].filter(([name]) => name.endsWith('.ldb')).map(([name, bytes]) => [Number.parseInt(name, 10), bytes.length]),
    );
    expect(tables.size).toBeGreaterThan(0);
    for (const table of tables.values()) expect(there.get(table.number), `table ${table.number}`).toBe(table.bytes);
    // How many tables a round leaves is LevelDB's affair; together they span the keys.
    const bounds = [...tables.values()].flatMap(({ smallest, largest }) => [smallest, largest]).map((key) => new TextDecoder().decode(key));
    expect([bounds.sort().at(0), bounds.sort().at(-1)]).toEqual(['key 0', 'key 99']);
  });

  it('notices every changed byte of a table', () => {
    const table = only(/\.ldb$/);
    verifyTable(table);
    let unnoticed = 0;
    for (let at = 0; at < table.length; at += 1) {
      const damaged = Buffer.from(table);
      damaged[at] ^= 0x41;
      // Between the places in the footer and the magic number stand bytes that mean nothing.
      if (at >= table.length - 48 && at < table.length - 8) unnoticed += noticed(damaged) ? 0 : 1;
      else expect(() => verifyTable(damaged), `byte ${at} of ${table.length}`).toThrow();
    }
    expect(unnoticed).toBeLessThan(36);
  });

  it('notices a table cut at any byte', () => {
    const table = only(/\.ldb$/);
    for (let length = 0; length < table.length; length += 1) expect(noticed(table.subarray(0, length)), `${length}`).toBe(true);
  });

  it('notices every changed byte of a MANIFEST, or ends before it', () => {
    const manifest = only(/^MANIFEST/);
    for (let at = 0; at < manifest.length; at += 1) {
      const damaged = Buffer.from(manifest);
      damaged[at] ^= 0x41;
      const end = readLog(damaged, 0, () => {});
      expect(end.damaged || end.wholeBytes < manifest.length, `byte ${at}`).toBe(true);
    }
  });
});

function noticed(table: Uint8Array): boolean {
  try {
    verifyTable(table);
    return false;
  } catch {
    return true;
  }
}
