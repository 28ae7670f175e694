import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';

// HEADROOM_TEST_ELECTRON=22 builds the same sources for the old Electron of the desktop test, into its own folder:
// the product's own bundles are unaffected.
const old = process.env.HEADROOM_TEST_ELECTRON === '22';
const out = old ? 'out-test' : 'out';
const node = old ? 'node16' : 'node20';
const entry = (path: string) => resolve(import.meta.dirname ?? __dirname, path);

/** Writes a Brotli copy beside each text file of the page, which serve mode sends. */
const compressed = (): Plugin => ({
  name: 'compressed',
  apply: 'build',
  async writeBundle({ dir = '' }, bundle) {
    const texts = Object.keys(bundle).filter((name) => /\.(js|css|html|svg)$/.test(name));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    for (const name of texts) {
      const file = resolve(dir, name);
      await writeFile(`${file}.br`, brotliCompressSync(await readFile(file), { params }));
    }
  },
});

export default defineConfig({
  main: {
    build: {
      outDir: `${out}/main`,
      target: node,
      rollupOptions: {
        input: {
          main: entry('electron/main.ts'),
          serve: entry('electron/serve/main.ts'),
          commands: entry('electron/serve/commands.ts'),
          scan: entry('electron/core/models/scan-process.ts'),
        },
        output: { format: 'cjs', entryFileNames: '[name].js' },
        external: ['node-pty'],
      },
    },
  },
  preload: {
    build: {
      outDir: `${out}/preload`,
      target: node,
      externalizeDeps: false,
      rollupOptions: {
        input: { preload: entry('electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].js' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react(), compressed()],
    build: {
      outDir: `${out}/renderer`,
      target: 'chrome108',
      // electron-vite leaves it out.
      minify: true,
      emptyOutDir: true,
      rollupOptions: {
        input: entry('renderer/index.html'),
        // A schema that the page does not use has no side effect.
        treeshake: { moduleSideEffects: (id) => !/electron.contract/.test(id) },
      },
    },
  },
});
