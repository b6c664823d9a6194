// SPDX-License-Identifier: Apache-2.0
// Records a whole `loopdock receive` at a pseudoterminal: a manifest of 200 lines of which 10 do not
// come, 5 devices that nobody claimed, 3 scanned twice, and the server killed in the middle. Writes
// what a person saw, line by line; the line at the bottom only now and then, in brackets.
// Usage: node tests/tools/record_receive.mjs BIN_FOLDER OUT_FILE
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const bin = path.resolve(process.argv[2] ?? 'build/release/bin');
const out = process.argv[3] ?? 'docs/using/receive-recording.txt';
const folder = mkdtempSync(path.join(os.tmpdir(), 'loopdock-recording-'));
const claimed = 200;
const missing = 10;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const serial = (line) => `RX${String(line).padStart(5, '0')}`;
const code = (line) => `S/N: ${serial(line)}`;

const children = [];
let address = '127.0.0.1:0';
async function startServer() {
  const ready = path.join(folder, `ready-${Date.now()}.json`);
  const server = spawn(path.join(bin, 'loopdockd'),
    ['--data-dir', folder, '--listen', address, '--metrics', '127.0.0.1:0', '--ready-file', ready],
    { stdio: 'ignore' });
  children.push(server);
  while (!existsSync(ready)) {
    if (server.exitCode !== null) throw new Error(`loopdockd ended with ${server.exitCode}`);
    await pause(20);
  }
  address = JSON.parse(readFileSync(ready, 'utf8')).address;
  return server;
}

function loopdock(...words) {
  const done = spawnSync(path.join(bin, 'loopdock'),
    ['--address', address, '--data-dir', folder, ...words], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`loopdock ${words.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

class Terminal {
  constructor(words) {
    this.raw = '';
    const command = [path.join(bin, 'loopdock'), 'receive', ...words].join(' ');
    // stty: util-linux's script gives the terminal no size between pipes.
    this.process = spawn('script',
      ['-q', '-e', '-c', `stty rows 24 cols 100; exec ${command}`, '/dev/null'],
      { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(this.process);
    this.process.stdout.setEncoding('utf8');
    this.process.stdout.on('data', (part) => { this.raw += part; });
    this.ended = new Promise((done) => { this.process.on('exit', done); });
  }

  async await(text, from = 0) {
    for (let i = 0; i < 3000; i += 1) {
      if (this.raw.includes(text, from)) return;
      await pause(20);
    }
    throw new Error(`never shown: ${text}\n${this.raw.slice(-2000)}`);
  }

  async type(...lines) {
    for (const line of lines) {
      this.process.stdin.write(`${line}\r`);
      await pause(20);
    }
  }
}

// Kind of a status line: with and without the server, and what else changes for a person.
function kind(status) {
  return /^(OFFLINE|sending)?/.exec(status)[0];
}

// What stood on the screen, in order: each redraw is reports, the status line, the typed line.
function plain(raw) {
  const lines = [];
  const statusEvery = 25;
  let since = 0;
  let lastKind;
  for (const part of raw.replace(/\r\n/g, '\n').split(/\r(?:\x1b\[A)?/)) {
    const shown = part
      .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
      .replace(/\x07/g, '')
      .split('\n')
      .map((line) => line.trimEnd());
    const typed = shown.pop();
    if (typed?.startsWith('>') && shown.length > 0) {
      const status = shown.pop();
      lines.push(...shown);
      since += shown.length;
      if (kind(status) !== lastKind || since >= statusEvery) {
        lines.push(`    [${status}]`);
        lastKind = kind(status);
        since = 0;
      }
    } else {
      lines.push(...shown, ...(typed ? [typed] : []));
    }
  }
  return `${lines.join('\n').trim()}\n`;
}

async function record() {
  let server = await startServer();
  writeFileSync(path.join(folder, 'claim.csv'),
    `Serial Number,Qty\n${Array.from({ length: claimed },
      (_, i) => `${serial(i + 1)},1`).join('\n')}\n`);
  const words = ['--address', address, '--data-dir', folder, '--station', 'dock-1',
    '--supplier', 'unknown', '--bill-of-lading', 'BOL-4711', '--load', 'PO-88',
    '--manifest', 'claim.csv', '--journal', 'dock.journal'];
  const terminal = new Terminal(words);
  await terminal.await('/help shows');
  const scans = (first, last) =>
    Array.from({ length: last - first + 1 }, (_, i) => code(first + i));
  await terminal.type(...scans(1, 80));
  await terminal.await(`${code(80)}  booked`);

  server.kill('SIGKILL');
  await terminal.await('OFFLINE');
  await terminal.type(...scans(81, 110), 'S/N: EXTRA1');
  await terminal.await('(31 waiting)');
  await terminal.type('/undo');
  await terminal.await('UNDONE');
  server = await startServer();
  await terminal.await('All kept scans are sent.');

  await terminal.type(...scans(111, claimed - missing), code(7), code(70), code(170));
  await terminal.type('S/N: WRONG1', '/undo not of this pallet');
  for (let i = 1; i <= 5; i += 1) await terminal.type(`S/N: EXTRA${i}`);
  await terminal.type('/list missing');
  await terminal.await('DIFFERENCE');
  await terminal.type('/hazard one swollen battery', '/close', 'Jane Dock', 'y');
  await terminal.ended;
  const shown = plain(terminal.raw);
  const load = loopdock('load', 'show', 'PO-88', '--supplier', 'unknown');
  server.kill('SIGTERM');
  const text = `$ loopdock receive ${words.slice(4).join(' ')}\n${shown}\n`
    + `$ loopdock load show PO-88 --supplier unknown\n${load}`;
  writeFileSync(out, text.replaceAll(folder, 'DATA'));
  for (const fact of ['190 of 200 matched', '10 missing', '5 unexpected', '3 duplicate',
    'is closed', 'OFFLINE']) {
    if (!text.includes(fact)) throw new Error(`the recording does not show "${fact}"`);
  }
}

try {
  await record();
  console.log(`${out} is written`);
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
