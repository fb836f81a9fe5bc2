// Goal: imports go one way only, from the outer rooms to the inner ones. Method: the rooms and what each may import stand in one
// table, longest path first; specifiers are read from the text, resolved against the file's place, and looked up in it.
import { posix } from 'node:path';

type Room = {
  /** Folder, file or prefix of file names, from the top of the tree. */
  readonly path: string;
  /** What it may import besides itself. */
  readonly imports: readonly string[];
  /** Packages and `node:` modules it may import; without the list, every one. */
  readonly packages?: readonly string[];
  /** Folders it may reach by `import()` only, so that they load when used. */
  readonly lazily?: readonly string[];
};

const portDown = ['core/store/port.ts', 'core/model', 'core/protocol'];
const rulesDown = ['core/store/write-rules.ts', ...portDown];

/** Inner rooms first; of several that match a file, the longest path counts. */
export const rooms: readonly Room[] = [
  { path: 'core/protocol', imports: [], packages: [] },
  { path: 'core/store/port.ts', imports: ['core/protocol'], packages: [] },
  { path: 'core/model', imports: ['core/protocol', 'core/store/port.ts'], packages: [] },
  { path: 'core/engine', imports: portDown, packages: [] },
  { path: 'core/store/write-rules.ts', imports: portDown, packages: [] },
  { path: 'core/store/joiner.ts', imports: portDown, packages: [] },
  { path: 'core/store/memory', imports: rulesDown, packages: [] },
  { path: 'core/store/cache', imports: rulesDown, packages: [] },
  { path: 'core/store/cache/redis', imports: ['core/store/cache', 'core/store/doctor-check.ts', ...rulesDown] },
  { path: 'core/store/embedded/machines', imports: rulesDown, packages: [] },
  { path: 'core/store', imports: ['core/model', 'core/protocol', 'core/hbase'] },
  { path: 'core/hbase', imports: [] },
  { path: 'core/peers', imports: ['core/model', 'core/protocol'] },
  { path: 'core/push', imports: ['core/model', 'core/protocol'] },
  { path: 'core/client', imports: ['core/engine/client', 'core/model', 'core/protocol'] },
  { path: 'core/client/browser', imports: ['core/client', 'core/engine/client', 'core/model', 'core/protocol'], packages: [] },
  { path: 'core/gateway', imports: belowGateway() },
  { path: 'core/host', imports: [...belowGateway(), 'core/gateway', 'core/hbase'] },
  { path: 'core/cli', imports: ['core'], lazily: ['sim', 'loadgen'] },
  { path: 'sim', imports: ['core'] },
  { path: 'loadgen', imports: ['core', 'sim'] },
  { path: 'dashboards', imports: ['core/client', 'core/model', 'core/protocol'] },
  { path: 'scripts', imports: ['core', 'sim', 'loadgen'] },
  { path: 'test', imports: ['core', 'sim', 'loadgen', 'dashboards', 'scripts'] },
];

/** `core/host` stands here as well: its config, metrics and log serve the gateway. */
function belowGateway(): string[] {
  return ['core/engine', 'core/store', 'core/peers', 'core/push', 'core/host', 'core/model', 'core/protocol'];
}

/** What of this file's imports its room does not allow, each as "file: why". */
export function importProblems(file: string, text: string): string[] {
  const room = roomOf(file);
  if (room === undefined) return [];
  const problems: string[] = [];
  for (const { specifier, lazy } of importsOf(text)) {
    if (!specifier.startsWith('.')) {
      const allowed = room.packages === undefined || room.packages.includes(specifier);
      if (!allowed) problems.push(`${file}: ${room.path} imports no package, but it imports ${specifier}`);
      continue;
    }
    const target = posix.normalize(posix.join(posix.dirname(file), specifier));
    const reachable = [room.path, ...room.imports, ...(lazy ? (room.lazily ?? []) : [])];
    if (isOutsideRooms(target) || reachable.some((path) => isInside(target, path))) continue;
    problems.push(`${file}: ${room.path} may not import ${target}`);
  }
  return problems;
}

function roomOf(file: string): Room | undefined {
  let best: Room | undefined;
  for (const room of rooms) {
    if (isInside(file, room.path) && room.path.length > (best?.path.length ?? 0)) best = room;
  }
  return best;
}

function isInside(file: string, path: string): boolean {
  if (file === path || file.startsWith(`${path}/`)) return true;
  return path === 'core/client/browser' && file.startsWith(path);
}

/** package.json and the like at the top of the tree. */
function isOutsideRooms(target: string): boolean {
  return !target.includes('/');
}

/** Specifiers of static and dynamic imports and re-exports; comments that fill a line are passed over. */
export function importsOf(text: string): { specifier: string; lazy: boolean }[] {
  const code = text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^\s*\/\/.*$/gm, '');
  const found: { specifier: string; lazy: boolean }[] = [];
  const fromForm = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm;
  const bareForm = /^\s*import\s*['"]([^'"]+)['"]/gm;
  const lazyForm = /\bimport\s*\(\s*['"`]([^'"`]+)['"`]/g;
  for (const match of code.matchAll(fromForm)) found.push({ specifier: match[1] ?? '', lazy: false });
  for (const match of code.matchAll(bareForm)) found.push({ specifier: match[1] ?? '', lazy: false });
  for (const match of code.matchAll(lazyForm)) found.push({ specifier: match[1] ?? '', lazy: true });
  return found;
}
