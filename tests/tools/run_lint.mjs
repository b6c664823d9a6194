// SPDX-License-Identifier: Apache-2.0
// Runs clang-tidy over every C++ source of ours that the build knows; generated code is left out.
// A source that was clean is not looked at again until it, a header it includes, or the
// configuration changes: the key is the hash of its preprocessed text.
// Usage: node run_lint.mjs BUILD_FOLDER JOBS [PATH_REGEX]
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [build, jobs, only = '.'] = process.argv.slice(2);
const root = process.cwd();
const marks = path.join(build, 'clean');
mkdirSync(marks, { recursive: true });

// The sources include generated headers: make these, and nothing else.
const targets = execFileSync('ninja', ['-C', build, '-t', 'targets', 'all'],
  { encoding: 'utf8', maxBuffer: 1 << 28 });
const headers = [...new Set([...targets.matchAll(/^(\S+\.pb\.h): /gm)].map((match) => match[1]))];
execFileSync('ninja', ['-C', build, ...headers]);

const pattern = new RegExp(only);
const sources = JSON.parse(readFileSync(path.join(build, 'compile_commands.json'), 'utf8'))
  .filter(({ file }) => /^(services|clients|tests)\//.test(path.relative(root, file)))
  .filter(({ file }) => pattern.test(path.relative(root, file)));
const config = readFileSync('.clang-tidy');

// Resolves to what the command printed and whether it succeeded.
function run(command, args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = [];
    const errors = [];
    child.stdout.on('data', (data) => out.push(data));
    child.stderr.on('data', (data) => errors.push(data));
    child.on('close', (code) => resolve(
      { ok: code === 0, out: Buffer.concat(out), errors: Buffer.concat(errors) }));
  });
}

// Comments stay in, for they may hold NOLINT.
async function keyOf({ command, directory, file }) {
  const preprocess = command.replace(/^\S*ccache /, '').replace(/ -o \S+ -c /, ' -E -CC ');
  const { ok, out } = await run('/bin/sh', ['-c', preprocess], directory);
  return ok && createHash('sha256').update(config).update(file).update(out).digest('hex');
}

async function lint(source) {
  const key = await keyOf(source);
  const mark = key && path.join(marks, key);
  if (mark && existsSync(mark)) return true;
  const { ok, out, errors } = await run('clang-tidy', ['-p', build, '--quiet', source.file], root);
  process.stdout.write(out);
  // A failure to run, such as a missing header, says why on stderr alone.
  if (!ok && out.length === 0) process.stdout.write(errors);
  if (ok && mark) writeFileSync(mark, '');
  return ok;
}

let next = 0;
let findings = 0;
async function worker() {
  while (next < sources.length) {
    const source = sources[next];
    next += 1;
    if (!(await lint(source))) findings += 1;
  }
}
await Promise.all(Array.from({ length: Math.max(1, Number(jobs)) }, worker));

const clean = sources.length - findings;
console.log(`lint: ${sources.length} sources, ${clean} clean, ${findings} with findings`);
process.exit(sources.length > 0 && findings === 0 ? 0 : 1);
