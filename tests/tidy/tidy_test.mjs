// SPDX-License-Identifier: Apache-2.0
// Checks what no compiler checks: licence lines, header guards and comments, line and header
// lengths, who may include whom, comments of the protos, links of the documents, and that nothing
// names a machine. Prints every offender; exits 1 if there is one.
// Usage: node tidy_test.mjs REPOSITORY
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(process.argv[2] ?? '.');
const self = 'tests/tidy/tidy_test.mjs';
const offenders = [];
let checks = 0;

function expect(condition, file, line, message) {
  checks += 1;
  if (!condition) offenders.push(`${file}${line ? `:${line}` : ''}: ${message}`);
}

function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, maxBuffer: 1 << 28, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

const files = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  .split('\0')
  .filter((file) => file && existsSync(path.join(root, file)));
const read = (file) => readFileSync(path.join(root, file), 'utf8');
const ends = (...suffixes) => files.filter((file) => suffixes.some((s) => file.endsWith(s)));
const isGoogle = (file) => file.startsWith('protos/google/');

function checkLicences() {
  for (const file of ends('.h', '.cc', '.proto', '.mjs', '.sh')) {
    if (isGoogle(file)) continue;
    const head = read(file).split('\n', 2).filter((line) => !line.startsWith('#!'));
    expect(/^(\/\/|#) SPDX-License-Identifier: Apache-2\.0$/.test(head[0]), file, 1,
      'the first line must be the SPDX line');
  }
}

function checkHeaders() {
  for (const file of ends('.h')) {
    const lines = read(file).split('\n');
    const guard = `LOOPDOCK_${file.replace(/[/.]/g, '_').toUpperCase()}_`;
    const at = lines.indexOf(`#ifndef ${guard}`);
    expect(at >= 0 && lines[at + 1] === `#define ${guard}`, file, 0, `the guard must be ${guard}`);
    const first = lines.slice(at + 2).find((line) => line.trim() !== '') ?? '';
    expect(first.startsWith('//'), file, at + 3, 'a comment must say what the header is');
    expect(lines.length - 1 <= 200, file, 0, `${lines.length - 1} lines; a header has at most 200`);
  }
}

// A table set between "clang-format off" and "on" has one row a line, however long.
function checkLineLengths() {
  for (const file of ends('.h', '.cc')) {
    let table = false;
    read(file).split('\n').forEach((line, i) => {
      if (/clang-format (off|on)/.test(line)) table = line.includes('clang-format off');
      if (table) return;
      expect([...line].length <= 100, file, i + 1, 'longer than 100 characters');
    });
  }
}

// daemon -> service shells -> cores -> storage, common -> protos; a service never includes another.
function checkIncludes() {
  const shared = new Set(['common', 'storage', 'vision']);
  for (const file of ends('.h', '.cc')) {
    const [area, service, folder] = file.split('/');
    if (area !== 'services' || service === 'daemon') continue;
    for (const [, included] of read(file).matchAll(/^#include ["<]([^">]+)[">]/gm)) {
      const other = /^services\/([^/]+)\//.exec(included)?.[1];
      const allowed = !other || other === service ||
        (shared.has(service) ? shared.has(other) : shared.has(other));
      expect(allowed, file, 0, `must not include ${included}`);
      if (folder === 'core') {
        expect(!/^(grpc|grpcpp|rocksdb)\/|\.grpc\.pb\.h$/.test(included), file, 0,
          `a core must not include ${included}`);
      }
    }
  }
}

// Hosts of package registries, folders of one machine, and papers that are not in the repository.
function checkNames() {
  const forbidden = [
    [/(^|[\s"'`=(:])\/(home|root|work|Users|mnt)\/\w/, 'names a folder of one machine'],
    [/npmjs|registry\.\w+\.\w+|deb\.debian\.org|pypi\.org|ghcr\.io/, 'names a registry host'],
    [/shared\/(design|domain|hooks|tools)\b/, 'names a paper that is not in the repository'],
  ];
  for (const file of files) {
    if (file === self || /\.(jpg|png|webp|binpb|gz|woff2?|ico)$/.test(file)) continue;
    read(file).split('\n').forEach((line, i) => {
      for (const [pattern, message] of forbidden) {
        expect(!pattern.test(line), file, i + 1, message);
      }
    });
  }
}

// Every service, rpc, message, field, enum and enum value has a comment that ends in a full stop.
function checkProtoComments() {
  const tools = path.join(root, 'node_modules/@bufbuild');
  const platform = existsSync(tools) && readdirSync(tools).find((name) => name.startsWith('buf-'));
  expect(platform, 'node_modules', 0, 'buf is missing: run deploy/setup.sh');
  if (!platform) return;
  const image = JSON.parse(
    run(path.join(tools, platform, 'bin/buf'), ['build', '-o', '-#format=json']));
  // Field numbers of descriptor.proto: what a path of the source info leads to.
  const nested = {
    file: { 4: ['message', 'messageType'], 5: ['enum', 'enumType'], 6: ['service', 'service'] },
    message: { 2: ['field', 'field'], 3: ['message', 'nestedType'], 4: ['enum', 'enumType'],
      8: ['oneof', 'oneofDecl'] },
    enum: { 2: ['value', 'value'] },
    service: { 2: ['rpc', 'method'] },
    field: {}, value: {}, rpc: {}, oneof: {},
  };
  for (const file of image.file.filter((f) => f.name.startsWith('loopdock/'))) {
    for (const location of file.sourceCodeInfo.location) {
      let kind = 'file';
      let node = file;
      const where = location.path ?? [];
      for (let i = 0; kind && i + 1 < where.length; i += 2) {
        const [nextKind, list] = nested[kind][where[i]] ?? [];
        kind = nextKind;
        node = kind && node[list][where[i + 1]];
      }
      if (!kind || kind === 'file' || where.length % 2 !== 0) continue;
      const comment = (location.leadingComments ?? location.trailingComments ?? '').trim();
      expect(comment.endsWith('.'), `protos/${file.name}`, location.span[0] + 1,
        `${kind} ${node.name} needs a comment that ends in a full stop`);
    }
  }
}

function checkDocuments() {
  for (const file of ends('.md')) {
    const text = read(file).replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
    const titles = text.match(/^# /gm) ?? [];
    expect(titles.length === 1, file, 0, `${titles.length} titles; a document has one`);
    const prose = text.replace(/`[^`\n]*`/g, '');
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target) || target.startsWith('#')) continue;
      const linked = path.join(root, path.dirname(file), target.split('#')[0]);
      expect(existsSync(linked), file, 0, `links to ${target}, which is not there`);
    }
  }
}

checkLicences();
checkHeaders();
checkLineLengths();
checkIncludes();
checkNames();
checkProtoComments();
checkDocuments();

for (const offender of offenders) console.log(offender);
console.log(`${files.length} files, ${checks - offenders.length} passed, ${offenders.length} failed`);
process.exit(offenders.length === 0 ? 0 : 1);
