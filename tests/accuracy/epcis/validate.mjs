// SPDX-License-Identifier: Apache-2.0
// Validates EPCIS 2.0 JSON documents against GS1's schema with ajv.
// Usage: node validate.mjs SCHEMA DOCUMENT...
// Prints what each document holds; exits 1 if one does not validate or has no event, 2 if a file
// cannot be read.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const errorsShown = 10;

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`validate: cannot read ${file}: ${error.message}`);
    process.exit(2);
  }
}

// The events of a document; a bare event is a document of its own.
function eventsOf(document) {
  return document.epcisBody?.eventList ??
    document.epcisBody?.queryResults?.resultsBody?.eventList ?? (document.eventID ? [document] : []);
}

function describe(document) {
  const counts = new Map();
  for (const event of eventsOf(document)) {
    counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => `${count} ${type}`).join(', ') || 'no event';
}

const [schemaFile, ...files] = process.argv.slice(2);
if (!schemaFile || files.length === 0) {
  console.error('usage: node validate.mjs SCHEMA DOCUMENT...');
  process.exit(2);
}
// The schema names formats and keywords loosely; strict mode would refuse the schema itself.
const ajv = new Ajv({ allErrors: true, strict: false });
addFormats(ajv);
const validate = ajv.compile(readJson(schemaFile));

let invalid = 0;
let events = 0;
for (const file of files) {
  const document = readJson(file);
  const valid = validate(document);
  const count = eventsOf(document).length;
  events += count;
  // An export without events proves nothing; a schema alone would let it pass.
  if (valid && (count > 0 || files.length > 1)) {
    if (files.length === 1) console.log(`${file}: valid, ${describe(document)}`);
    continue;
  }
  invalid += 1;
  console.log(`${file}: ${valid ? 'has no event' : 'not valid'}, ${describe(document)}`);
  for (const error of (validate.errors ?? []).slice(0, errorsShown)) {
    console.log(`  ${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`);
  }
}
console.log(`EPCIS: ${files.length - invalid} of ${files.length} documents valid, ${events} events`);
process.exit(invalid === 0 ? 0 : 1);
