// SPDX-License-Identifier: Apache-2.0
// check.mjs LOOPDOCK DATA_FOLDER READY_FILE LISTS --masses-min N --tacs-min N --codes-min N
// Imports the published lists of a folder into a running server, twice, then asks it: the mass of
// every device that the first list has one for, by its name; type allocation codes; model codes.
// The lists are read anew here, so that a mistake of the importer shows. Exits with 1 when fewer
// than the given numbers are right, or when the second import changed anything.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [program, dataFolder, readyFile, lists, ...flags] = process.argv.slice(2);
const minimum = (name) => Number(flags[flags.indexOf(name) + 1] ?? NaN);
const server = ['--address', JSON.parse(readFileSync(readyFile, 'utf8')).address,
  '--data-dir', dataFolder];

function loopdock(args, input) {
  const run = spawnSync(program, [...args, ...server], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.error) throw run.error;
  return run;
}

function importLists() {
  const start = process.hrtime.bigint();
  const run = loopdock(['catalog', 'import', lists, '--json']);
  if (run.status !== 0) throw new Error(`import failed: ${run.stderr}`);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  return { ...JSON.parse(run.stdout), seconds };
}

// Rows of RFC 4180 as arrays of cells.
function csv(text) {
  const rows = [];
  let row = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    if (quoted && c === '"' && text[i + 1] === '"') { cell += '"'; ++i; }
    else if (c === '"') quoted = !quoted;
    else if (c === ',' && !quoted) { row.push(cell); cell = ''; }
    else if (c === '\n' && !quoted) { row.push(cell); rows.push(row); row = []; cell = ''; }
    else if (c !== '\r' || quoted) cell += c;
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell]);
  return rows;
}

function records(file) {
  const [headings, ...rows] = csv(readFileSync(`${lists}/${file}`, 'utf8').replace(/^\ufeff/, ''));
  return rows.map((row) => Object.fromEntries(headings.map((name, i) => [name, row[i] ?? ''])));
}

// Kilograms as written, in grams, without binary fractions on the way.
function grams(kilograms) {
  const [whole, fraction = ''] = kilograms.split('.');
  const digits = fraction.padEnd(4, '0');
  return Number(whole) * 1000 + Number(digits.slice(0, 3)) + (digits[3] >= '5' ? 1 : 0);
}

function find(keys) {
  const run = loopdock(['catalog', 'find', '-', '--json'], keys.join('\n'));
  const lines = run.stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  if (lines.length !== keys.length) throw new Error(`find answered ${lines.length} of ${keys.length}: ${run.stderr}`);
  return lines.map((line) => line.found?.entry);
}

let held = true;
function hold(what, right, all, least) {
  const ok = right >= least;
  held &&= ok;
  console.log(`  ${what}: ${right} of ${all} (at least ${least})${ok ? '' : '  MISSED'}`);
}

const first = importLists();
console.log(`  import: ${first.rows} rows of ${first.files.length} lists, ${first.set} entries set, ` +
  `${first.problems.length} rows skipped, ${first.seconds.toFixed(1)} s`);
const second = importLists();
hold('entries unchanged by a second import', second.set === 0 ? second.unchanged : 0, first.set, first.set);

const weighed = records('boavizta-data-us.csv').filter((row) => row.weight !== '');
const masses = find(weighed.map((row) => row.name.trim()));
hold('masses found by name', weighed.filter((row, i) => masses[i] !== undefined &&
  Number(masses[i].mass_g) === grams(row.weight) && masses[i].licence === 'ODbL-1.0').length,
weighed.length, minimum('--masses-min'));

const seen = new Set();
const tacs = records('samsung_tacs.csv').filter((row) => /^\d{8}$/.test(row.tac) &&
  !seen.has(row.tac) && seen.add(row.tac)).filter((row, i) => i % 10 === 0);
const models = find(tacs.map((row) => row.tac));
hold('type allocation codes', tacs.filter((row, i) => models[i]?.model === row.model &&
  models[i].maker === 'Samsung').length, tacs.length, minimum('--tacs-min'));

// Codes that only one brand uses.
const brands = new Map();
const listed = JSON.parse(readFileSync(`${lists}/android_devices.json`, 'utf8'))
  .filter((row) => row.brand !== '' && row.model.trim() !== '');
const spelled = (text) => text.trim().replace(/ +/g, ' ').toUpperCase();
for (const row of listed) {
  const known = brands.get(spelled(row.model)) ?? new Set();
  brands.set(spelled(row.model), known.add(spelled(row.brand)));
}
const codes = listed.filter((row, i) => i % 50 === 0 && brands.get(spelled(row.model)).size === 1);
const devices = find(codes.map((row) => row.model.trim()));
hold('model codes', codes.filter((row, i) => devices[i] !== undefined &&
  spelled(devices[i].maker) === spelled(row.brand)).length, codes.length, minimum('--codes-min'));

process.exit(held ? 0 : 1);
