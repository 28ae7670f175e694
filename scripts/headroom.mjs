import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { checkNode } from './lib/node-modules.mjs';
import { at } from './lib/places.mjs';
import { guarded, Problem } from './lib/say.mjs';

const USE = 'npm run headroom -- doctor [--json], or top [--once] [--json]';

/** What is there beside the panel: `npm run headroom -- WORD`. */
await guarded(async () => {
  checkNode();
  const [word, ...rest] = process.argv.slice(2);
  if (word !== 'doctor' && word !== 'top') {
    console.error(`headroom: ${word ? `${word} is not known` : 'it needs a word'}: ${USE}.`);
    process.exitCode = 2;
    return;
  }
  const entry = at('out', 'main', 'words.js');
  if (!existsSync(entry)) throw new Problem('The panel is not built yet: run npm run setup, then ask again.');
  const { words } = createRequire(import.meta.url)(entry);
  process.exitCode = await words[word](rest);
});
