/*
 * Searches one folder for models in a process of its own: a disk that does not answer blocks this process, not the
 * panel. Runs under Node, and as a utility process of Electron.
 */
import { PanelError } from '#contract';
import { type Progress, scanModels } from './scan.ts';
import type { ScanReport } from './scanner.ts';

const REPORT_MS = 200;

/** Electron's channel to the panel, which Node's types do not know. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}
const parent = (process as unknown as { parentPort?: ParentPort }).parentPort;

const send = (report: ScanReport) => (parent ? parent.postMessage(report) : process.send?.(report));

async function scan(folder: string): Promise<void> {
  const progress: Progress = { models: [], folders: 0, at: folder };
  const report = () => send({ ...progress, models: [...progress.models] });
  const timer = setInterval(report, REPORT_MS);
  try {
    const { limited } = await scanModels(folder, progress);
    send({ ...progress, end: { limited } });
  } catch (error) {
    send({ ...progress, end: { error: PanelError.from(error).toShape() } });
  } finally {
    clearInterval(timer);
  }
}

const begin = (message: unknown) => void scan(String(message));
if (parent) parent.on('message', ({ data }) => begin(data));
else process.on('message', begin);
// Not process.exit(), which waits for the threads that wait for the disk.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
