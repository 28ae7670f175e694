import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { installedElectron, windowProblem } from './lib/electron.mjs';
import { at } from './lib/places.mjs';
import { guarded, Problem, step } from './lib/say.mjs';
import { setup } from './setup.mjs';

/** Reads the arguments after `npm start --`. */
function options(words) {
  const known = new Set(['--serve', '--no-open', '--port', '--metrics']);
  const unknown = words.find((word, i) => !known.has(word) && words[i - 1] !== '--port');
  if (unknown)
    throw new Problem(`unknown argument ${unknown}. Usage: npm start -- [--serve] [--port N] [--no-open] [--metrics]`);
  return { serve: words.includes('--serve') || words.includes('--port') || words.includes('--metrics') };
}

function noWindow() {
  const problem = windowProblem();
  if (problem) return problem;
  const electron = installedElectron();
  if (!electron) return "Electron's binary could not be downloaded.";
  return electron.current ? null : `Electron ${electron.version} is too old for the panel.`;
}

await guarded(async () => {
  const { serve } = options(process.argv.slice(2));
  await setup({ desktop: !serve });
  const problem = serve ? null : noWindow();
  if (problem) step(`${problem} Serving the panel to a browser instead.`);
  if (serve || problem) {
    // In this process, so that Ctrl+C reaches the control plane directly.
    createRequire(import.meta.url)(at('out', 'main', 'serve.js'));
    return;
  }
  // A terminal of an editor that is built on Electron may set this, and Electron would run as Node.
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  const window = spawn(installedElectron().path, [at()], { stdio: 'inherit', env });
  window.on('exit', (code) => process.exit(code ?? 1));
});
