// Goal: `npm ci` works on every platform, whatever registry wrote the lock file. Method: a registry that lacks the builds of other
// platforms makes npm leave them out of package-lock.json, and `npm ci` then refuses the file; this adds an entry (version, os, cpu,
// libc read from the package's name) for each optional dependency without one. Run it after `npm install`; it prints what it added.
import { readFileSync, writeFileSync } from 'node:fs';

type LockEntry = {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
export type Lock = { readonly packages: Record<string, LockEntry | PlatformEntry> };
type PlatformEntry = { version: string; cpu?: string[]; dev?: true; libc?: string[]; optional: true; os?: string[] };

const lockPath = 'package-lock.json';

/** Optional dependencies that the lock file names but has no entry for, as [key, version, dev]. */
export function missingOptionals(lock: Lock): [key: string, version: string, dev: boolean][] {
  const missing: [string, string, boolean][] = [];
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries('optionalDependencies' in entry ? (entry.optionalDependencies ?? {}) : {})) {
      const key = `node_modules/${name}`;
      if (lock.packages[key] === undefined) missing.push([key, version, 'dev' in entry]);
    }
  }
  return missing;
}

/** The entry npm itself would write for one platform's build, as far as its name tells. */
export function platformEntry(key: string, version: string, dev: boolean): PlatformEntry {
  const words = key.slice(key.lastIndexOf('/') + 1).split('-');
  const os = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'].find((w) =>
    words.includes(w),
  );
  const cpu = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'].find((w) => words.includes(w));
  const libc = words.includes('musl') ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return {
    version: version.replace(/^[\^~]/, ''),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(dev ? { dev: true } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}

function main(): void {
  const lock = JSON.parse(readFileSync(lockPath, 'utf8')) as Lock;
  for (const [key, version, dev] of missingOptionals(lock)) {
    lock.packages[key] = platformEntry(key, version, dev);
    console.log(`added ${key} ${version}`);
  }
  const packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  writeFileSync(lockPath, `${JSON.stringify({ ...lock, packages }, undefined, 2)}\n`);
}

if (process.argv[1]?.endsWith('complete-lockfile.js') === true) main();
