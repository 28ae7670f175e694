import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

// HEADROOM_TEST_ELECTRON=22 builds the same sources for the old Electron of the desktop test, into its own folder:
// the product's own bundles are unaffected.
const old = process.env.HEADROOM_TEST_ELECTRON === '22';
const out = old ? 'out-test' : 'out';
const node = old ? 'node16' : 'node20';
const entry = (path: string) => resolve(import.meta.dirname ?? __dirname, path);

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
    plugins: [react()],
    build: {
      outDir: `${out}/renderer`,
      target: 'chrome108',
      emptyOutDir: true,
      rollupOptions: { input: entry('renderer/index.html') },
    },
  },
});
