import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { checkNode } from './lib/node-modules.mjs';
import { at } from './lib/places.mjs';
import { guarded, Problem } from './lib/say.mjs';

const USE = 'npm run headroom -- doctor [--json]';

/** What is there beside the panel: `npm run headroom -- WORD`. */
await guarded(async () => {
  checkNode();
  const [word] = process.argv.slice(2);
  if (word !== 'doctor') {
    console.error(`headroom: ${word ? `${word} is not known` : 'it needs a word'}: ${USE}.`);
    process.exitCode = 2;
    return;
  }
  const entry = at('out', 'main', 'doctor.js');
  if (!existsSync(entry)) throw new Problem('The panel is not built yet: run npm run setup, then ask again.');
  // In this process: it reads the words behind `doctor` itself.
  createRequire(import.meta.url)(entry);
});
