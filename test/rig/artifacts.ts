/**
 * Where the rig's programs come from: Maven's jars and one small class of our own, kept in node_modules/.cache.
 *
 * Method: Maven resolves pom.xml with strict checksums, its progress goes to stderr; the jar that is HBase is compared with the SHA-256 noted
 * here. What was made once is used again until pom.xml or the class's source changes.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

export interface Artifacts {
  readonly java: string;
  readonly classPath: string;
}

/** Something the rig needs is not on this machine, or is not what it should be. */
export class RigError extends Error {
  override readonly name = 'RigError';
}

const hbaseJar = /hbase-shaded-testing-util-2\.6\.3-hadoop3\.jar$/;
const hbaseJarSha256 = 'ed9fd909a4ade4def66334e2aaefc881a2bfd2b30dafbf34521151e0d4b757f8';
const howToGet = 'apt-get install --no-install-recommends default-jdk-headless maven';
const javaMajorMin = 17;

/** The programs that the rig needs and this machine lacks; empty: it can start. */
export function missingPrograms(): string[] {
  return ['java', 'javac', 'mvn'].filter((name) => findOnPath(name) === undefined);
}

/** @throws RigError saying what is missing and how to get it. */
export async function prepareArtifacts(top: string, say: (line: string) => void): Promise<Artifacts> {
  const missing = missingPrograms();
  if (missing.length > 0) throw new RigError(`the rig needs ${missing.join(', ')}: ${howToGet}`);
  checkJava();
  const cache = resolve(top, 'node_modules/.cache/parley-rig');
  mkdirSync(join(cache, 'classes'), { recursive: true });
  const jars = await resolveJars(join(top, 'test/rig/pom.xml'), join(cache, 'class-path.txt'), say);
  compile(join(top, 'test/rig/java/RigFileSystem.java'), join(cache, 'classes'), jars, say);
  return { java: findOnPath('java') ?? 'java', classPath: `${join(cache, 'classes')}:${jars}` };
}

export function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function checkJava(): void {
  const text = execFileSync('javac', ['-version'], { encoding: 'utf8' });
  const major = Number(/javac (\d+)/.exec(text)?.[1] ?? 0);
  if (major < javaMajorMin)
    throw new RigError(`the rig needs a JDK of version ${javaMajorMin} or later, here is ${text.trim()}: ${howToGet}`);
}

async function resolveJars(pom: string, listPath: string, say: (line: string) => void): Promise<string> {
  const isFresh = existsSync(listPath) && statSync(listPath).mtimeMs > statSync(pom).mtimeMs;
  if (isFresh) {
    const known = readFileSync(listPath, 'utf8').trim();
    if (known.split(':').every((path) => existsSync(path))) return known;
  }
  say('HBase from Maven Central (185 MB the first time) …');
  const resolved = `${listPath}.new`;
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath';
  await run('mvn', ['-B', '--strict-checksums', '-f', pom, goal, `-Dmdep.outputFile=${resolved}`], say);
  const jars = readFileSync(resolved, 'utf8').trim();
  const hbase = jars.split(':').find((path) => hbaseJar.test(path));
  if (hbase === undefined) throw new RigError('Maven resolved no HBase');
  const sum = await sha256Of(hbase);
  if (sum !== hbaseJarSha256) throw new RigError(`${basename(hbase)} has SHA-256 ${sum}, expected ${hbaseJarSha256}`);
  writeFileSync(listPath, `${jars}\n`);
  return jars;
}

/** Only lines that say what is fetched are passed on. */
function run(program: string, args: readonly string[], say: (line: string) => void): Promise<void> {
  return new Promise((fulfil, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let rest = '';
    let tail = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (/^Downloaded .*\.jar/.test(line)) say(line.replace(/^Downloaded from \S+ \S*\//, '  '));
      }
      tail = (tail + text).slice(-2_000);
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? fulfil() : reject(new RigError(`${program} ended with ${code}:\n${tail}`))));
  });
}

function sha256Of(path: string): Promise<string> {
  return new Promise((fulfil, reject) => {
    const hash = createHash('sha256');
    createReadStream(path)
      .on('data', (bytes) => hash.update(bytes))
      .on('error', reject)
      .on('end', () => fulfil(hash.digest('hex')));
  });
}

function compile(source: string, classes: string, jars: string, say: (line: string) => void): void {
  const made = join(classes, 'RigFileSystem.class');
  if (existsSync(made) && statSync(made).mtimeMs > statSync(source).mtimeMs) return;
  say('compiling RigFileSystem …');
  execFileSync('javac', ['-nowarn', '-proc:none', '-d', classes, '-cp', jars, source], { stdio: ['ignore', 'ignore', 'pipe'] });
}
