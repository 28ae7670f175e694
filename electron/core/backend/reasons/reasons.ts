import type { Reason } from '#contract';
import { type Told, tellExit, tellSignal } from './exit-causes.ts';
import { tellException, tellOutput } from './output-causes.ts';
import { plainLines } from './plain-lines.ts';

const SHOWN = 20;

/** Why an instance that was not asked to end did end. `killsForMemory`: the kernel's, since its start. */
export function reasonOf(exitCode: number | null, signal: string | null, output: string, killsForMemory = 0): Reason {
  const all = plainLines(output);
  const lines = all.slice(-SHOWN);
  const about = { exitCode, signal, lines };
  if (signal) return { ...tellSignal(signal, killsForMemory), ...about };
  if (exitCode === 2) return { ...tellRefusal(lines), ...about };
  const found = exitCode === 0 ? null : (tellOutput(lines) ?? tellException(all));
  return { ...(found ?? tellExit(exitCode, killsForMemory)), ...about };
}

/** The backend's own word for "the settings or the environment are wrong": one sentence, then exit code 2. */
function tellRefusal(lines: readonly string[]): Told {
  const said = lines.findLast((line) => line.startsWith('headroom: '))?.slice('headroom: '.length);
  const message = said ?? lines.at(-1) ?? 'The backend refused to start.';
  const cause = tellOutput(said === undefined ? lines : [said]);
  if (cause) return { ...cause, message };
  if (/ lacks /.test(message)) return { code: 'missing_package', message, advice: null };
  if (/^The port /.test(message)) return { code: 'port_busy', message, advice: ANY_PORT };
  if (/ set LBS_DB_PATH/.test(message)) return { code: 'database', message, advice: null };
  return { code: 'configuration', message, advice: 'Change that under Limits, All variables, then try again.' };
}

const ANY_PORT = 'Set LBS_PORT to 0 (any free port) under Limits, All variables, or on the Checks page.';

export const fault = (code: Reason['code'], message: string, advice: string | null = null): Reason => ({
  code,
  message,
  advice,
  exitCode: null,
  signal: null,
  lines: [],
});
