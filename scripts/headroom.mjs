import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { checkNode } from './lib/node-modules.mjs';
import { at } from './lib/places.mjs';
import { guarded, Problem } from './lib/say.mjs';

const USAGE = 'Usage: npm run headroom -- doctor [--json] | top [--once] [--json]';

/** Runs a command of Headroom without the panel: `npm run headroom -- NAME`. */
await guarded(async () => {
  checkNode();
  const [name, ...args] = process.argv.slice(2);
  if (name !== 'doctor' && name !== 'top') {
    console.error(`headroom: ${name ? `unknown command ${name}` : 'a command is missing'}. ${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const entry = at('out', 'main', 'commands.js');
  if (!existsSync(entry)) throw new Problem('The panel is not built yet: run npm run setup, then try again.');
  const { commands } = createRequire(import.meta.url)(entry);
  process.exitCode = await commands[name](args);
});
