// Coverage-guided fuzzing of everything that reads what others wrote, and of redaction.
//
//   npm run fuzz -- [SECONDS] [--targets line,chunks,…] [--seed N]      (default: 600 s, shared among all targets)
//
// Inputs begin with what test/fuzz/corpus and traces/ hold. A mutant that reaches a part of the code that none had reached is kept,
// for the next time in test/fuzz/corpus (`--keep`). An input that throws, or takes longer than two seconds, is made small, written
// to fuzz-findings/ and makes the exit status 1. V8 itself counts what is reached: no compiled module is needed, and any Node that
// the project supports will do.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Session } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CORPUS = join(ROOT, 'test/fuzz/corpus');
const SLOW_MS = 2000;
const LONGEST = 4096;
const BATCH = 40;

const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(`--${name}`);
  return at === -1 ? otherwise : args.splice(at, 2)[1];
};
const only = option('targets', undefined)?.split(',');
let seed = Number(option('seed', Date.now() % 1_000_000));
const keep = args.includes('--keep') && args.splice(args.indexOf('--keep'), 1).length > 0;
const seconds = Number(args[0] ?? 600);

/** xorshift32: the same inputs for the same seed. */
function random(below) {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return Math.abs(seed) % below;
}

const folder = mkdtempSync(join(tmpdir(), 'trace-build-fuzz-'));
const bundle = join(folder, 'targets.mjs');
await build({
  entryPoints: [join(ROOT, 'test/fuzz/targets.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'error',
  // Facts are read beside the file that asks for them.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
});
const { TARGETS } = await import(pathToFileURL(bundle).href);

const session = new Session();
session.connect();
const post = (method, params) => {
  let result;
  session.post(method, params, (error, value) => {
    if (error) throw new Error(error.message);
    result = value;
  });
  return result;
};
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** Parts of the bundle that have been reached so far. */
const reached = new Set();

/** Whether something new was reached since the last question; `note` remembers it. To ask costs more than many inputs. */
function somethingNew(note) {
  let fresh = false;
  for (const { url, functions } of post('Profiler.takePreciseCoverage').result) {
    if (!url.endsWith('/targets.mjs')) continue;
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        const key = startOffset * 0x400_0000 + endOffset;
        if (count === 0 || reached.has(key)) continue;
        if (note) reached.add(key);
        fresh = true;
      }
    }
  }
  return fresh;
}

function seeds(name) {
  const kept = join(CORPUS, name);
  const own = existsSync(kept) ? readdirSync(kept).map((file) => readFileSync(join(kept, file))) : [];
  const shared = readdirSync(join(ROOT, 'traces'))
    .filter((file) => file.endsWith('.strace.gz'))
    .map((file) => gunzipSync(readFileSync(join(ROOT, 'traces', file))).subarray(0, 2048));
  const docker =
    'FROM debian AS a\nARG V=1\nRUN --mount=type=cache,target=/x echo "$V" \\\n  && true\nRUN <<EOF\nx\nEOF\n';
  const profile =
    '{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":[]}],"syscalls":[{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2114060288,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"}],"includes":{"minKernel":"4.8"}}]}';
  const written = {
    dockerfile: docker,
    profile,
    minijail: 'openat: 1\nioctl: arg1 == 0x5401 || arg1 & 3; return ENOSYS\n@include x\n',
    systemd: '[Service]\nSystemCallFilter=~@mount clone3:ENOSYS\nSystemCallErrorNumber=EPERM\n',
    'filter-text':
      '7 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=2, filter=[BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ALLOW)]}) = 0\n',
  }[name];
  if (name === 'filter')
    return [
      ...own,
      Buffer.from(
        '2000000000000000150000010000000006000000000000000600000000 00ff7f'.replace(/ /g, ''),
        'hex',
      ),
    ];
  return written === undefined ? [...own, ...shared] : [...own, Buffer.from(written)];
}

const WORDS =
  '<unfinished ...>|<... openat resumed>|= -1 EPERM (Operation not permitted)|= ? |+++ exited with 0 +++|--- SIGSYS {si_signo=SIGSYS} ---|[pid 7] |"/home/u/.netrc"|\\x41\\n|--password=x|https://u:p@h/|0xffffffffffffffff|-9223372036854775808|{|}|[|]|(|)|,|"|\\|\n|\r\n|\0|\xff|SCMP_ACT_ALLOW|&&|||<<EOF|$(|`'.split(
    '|',
  );

function mutate(corpus) {
  let bytes = Buffer.from(corpus[random(corpus.length)]);
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(bytes.length + 1);
    const end = Math.min(bytes.length, at + random(32));
    const parts = {
      0: () => [bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at + 1)],
      1: () => [bytes.subarray(0, at), bytes.subarray(end)],
      2: () => [bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end)],
      3: () => [
        bytes.subarray(0, at),
        Buffer.from(WORDS[random(WORDS.length)], 'latin1'),
        bytes.subarray(at),
      ],
      4: () => {
        const other = corpus[random(corpus.length)];
        return [bytes.subarray(0, at), other.subarray(random(other.length + 1))];
      },
      // Two lines change places: a trace is an order.
      5: () => {
        const lines = bytes.toString('latin1').split('\n');
        const [one, two] = [random(lines.length), random(lines.length)];
        [lines[one], lines[two]] = [lines[two], lines[one]];
        return [Buffer.from(lines.join('\n'), 'latin1')];
      },
      // The same word very often: what is not linear shows.
      6: () => [
        bytes.subarray(0, at),
        ...Array(1 + random(200)).fill(bytes.subarray(at, end)),
        bytes.subarray(end),
      ],
    }[random(7)]();
    bytes = Buffer.concat(parts).subarray(0, LONGEST);
  }
  return bytes;
}

function why(target, input) {
  const begun = performance.now();
  try {
    target(new Uint8Array(input));
  } catch (error) {
    return String(error.stack ?? error)
      .split('\n')
      .slice(0, 3)
      .join('\n');
  }
  const took = performance.now() - begun;
  return took > SLOW_MS ? `took ${Math.round(took)} ms for ${input.length} bytes` : undefined;
}

/** Takes out what does not matter for the finding, in ever smaller pieces. */
function smaller(target, input) {
  let best = input;
  const until = Date.now() + 20_000;
  for (let size = best.length >> 1; size > 0 && Date.now() < until; size >>= 1) {
    for (let at = 0; at < best.length && Date.now() < until; ) {
      const tried = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (why(target, tried) !== undefined) best = tried;
      else at += size;
    }
  }
  return best;
}

function write(place, input) {
  mkdirSync(place, { recursive: true });
  const file = join(place, createHash('sha256').update(input).digest('hex').slice(0, 16));
  writeFileSync(file, input);
  return file;
}

const names = Object.keys(TARGETS).filter((name) => only === undefined || only.includes(name));
let findings = 0;
console.log(`${seconds} s for ${names.join(', ')}; --seed ${seed}`);
for (const name of names) {
  const target = TARGETS[name];
  const corpus = [];
  const holds = (input) => {
    const fault = why(target, input);
    if (fault === undefined) return true;
    const small = smaller(target, input);
    findings++;
    console.log(
      `${name}: ${why(target, small) ?? fault}\n  kept as ${write(join(ROOT, 'fuzz-findings', name), small)}`,
    );
    return false;
  };
  let going = true;
  for (const input of seeds(name)) {
    going &&= holds(input);
    corpus.push(input);
  }
  somethingNew(true);
  const until = Date.now() + (seconds * 1000) / names.length;
  let runs = 0;
  // One finding a target: the next one is looked for when it is mended.
  while (going && Date.now() < until) {
    const batch = Array.from({ length: BATCH }, () => mutate(corpus));
    for (const input of batch) {
      runs++;
      going &&= holds(input);
    }
    if (!going || !somethingNew(false)) continue;
    for (const input of batch) {
      holds(input);
      if (!somethingNew(true)) continue;
      corpus.push(input);
      if (keep && input.length <= 1024) write(join(CORPUS, name), input);
    }
  }
  console.log(`${name}: ${runs} inputs, ${corpus.length} kept, ${reached.size} parts of the code reached`);
}
rmSync(folder, { recursive: true, force: true });
console.log(findings === 0 ? 'no finding' : `${findings} findings`);
process.exitCode = findings === 0 ? 0 : 1;
