// SPDX-License-Identifier: Apache-2.0
// Renders labels of containers as a printer of each resolution would, reads the pictures back with
// `loopdock decode`, and expects the SSCC as GS1-128 and the container's name, exactly those.
// Usage: node zpl_roundtrip.mjs FOLDER_OF_PROGRAMS
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ready } from 'zpl-renderer-js';

const bin = process.argv[2];
const run = (program, args) =>
  execFileSync(path.join(bin, program), args, { encoding: 'utf8', maxBuffer: 1 << 24 });
const scratch = mkdtempSync(path.join(tmpdir(), 'loopdock-zpl-'));
const { api } = await ready;

const labels = [
  ['106141412345678908', 'sites/main/containers/000042'],
  ['340123450000000000', 'sites/a/containers/z'],
  ['000000000000000017', `sites/${'long-site-'.repeat(4)}x/containers/${'long-name-'.repeat(5)}y`],
];
let failed = 0;
try {
  for (const [sscc, name] of labels) {
    for (const dots of [6, 8, 12, 24]) {
      const zpl = run('zpl-sample', [sscc, name, String(dots)]);
      const file = path.join(scratch, `${sscc}-${dots}.png`);
      writeFileSync(file, Buffer.from(await api.zplToBase64Async(zpl, 100, 150, dots), 'base64'));
      const read = JSON.parse(run('loopdock', ['decode', '--json', file]));
      const found = read.symbols
        .map((symbol) => `${symbol.symbology_identifier}${symbol.text}`)
        .sort()
        .join(' ');
      const expected = [`]C100${sscc}`, `]Q1${name}`].sort().join(' ');
      const good = found === expected;
      if (!good) failed += 1;
      console.log(`${good ? 'ok  ' : 'FAIL'} ${dots} dots/mm: ${good ? expected : `${found}, not ${expected}`}`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true });
}
process.exit(failed === 0 ? 0 : 1);
