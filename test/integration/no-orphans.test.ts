import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { makeHome, python, startPanel } from '../fixtures/panel.ts';

/** Living processes whose environment says that they belong to this data folder. */
function belonging(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const state = stat.slice(stat.lastIndexOf(')') + 2)[0];
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        return state !== 'Z' && environment.includes(`HEADROOM_HOME=${home}`);
      } catch {
        // Gone between the two looks.
        return false;
      }
    });
}

// A Python that starts, beside the server, a child that ignores TERM and HUP and one that left the session.
const stubborn = `
import os, signal, time, sys
if sys.argv[-1].endswith('server.py') and os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
    time.sleep(300); os._exit(0)
os.execv(PYTHON, [PYTHON, *sys.argv[1:]])
`;

it.runIf(existsSync('/proc/self'))('kill -9 of the panel leaves no process, whatever it tried', async () => {
  const home = await makeHome();
  const wrapper = join(home, 'python');
  await writeFile(wrapper, `#!${python}\n${stubborn.replaceAll('PYTHON', JSON.stringify(python))}`, { mode: 0o755 });
  const panel = await startPanel(home, { HEADROOM_PYTHON: wrapper });
  const gone = new Promise((done) => panel.process.once('exit', done));
  try {
    // The panel, the stream, the guardian, server and worker, and the two stubborn ones.
    await vi.waitFor(() => expect(belonging(home).length).toBeGreaterThanOrEqual(7), 30_000);
  } finally {
    panel.process.kill('SIGKILL');
    await gone;
  }
  await vi.waitFor(() => expect(belonging(home)).toEqual([]), { timeout: 5_000, interval: 50 });
  await rm(home, { recursive: true, force: true });
});
