import { type Reason, type Sentence, verbatim } from '#contract';
import { say } from '../sentences.ts';
import { type Cause, causeOfExit, causeOfSignal } from './exit-causes.ts';
import { causeInOutput, causeInTraceback } from './output-causes.ts';
import { plainLines } from './plain-lines.ts';

const SHOWN_LINES = 20;

/** Why an instance exited without being asked to. `memoryKills`: the kernel's out-of-memory kills since its start. */
export function reasonOf(exitCode: number | null, signal: string | null, output: string, memoryKills = 0): Reason {
  const all = plainLines(output);
  const lines = all.slice(-SHOWN_LINES);
  const about = { exitCode, signal, lines };
  if (signal) return { ...causeOfSignal(signal, memoryKills), ...about };
  if (exitCode === 2) return { ...causeOfRefusal(lines), ...about };
  const found = exitCode === 0 ? null : (causeInOutput(lines) ?? causeInTraceback(all));
  return { ...(found ?? causeOfExit(exitCode, memoryKills)), ...about };
}

const PREFIX = 'headroom: ';

/** The backend refuses wrong settings or a wrong environment with one line of text, then exit code 2. */
function causeOfRefusal(lines: readonly string[]): Cause {
  const own = lines.findLast((line) => line.startsWith(PREFIX))?.slice(PREFIX.length);
  const text = own ?? lines.at(-1);
  const sentence = text === undefined ? say('refusedSilently') : say('refused', { reason: verbatim(text) });
  const cause = causeInOutput(own === undefined ? lines : [own]);
  if (cause) return { ...cause, sentence };
  if (/ lacks /.test(text ?? '')) return { code: 'missing_package', sentence, advice: null };
  if (/^The port /.test(text ?? '')) return { code: 'port_busy', sentence, advice: say('anyPort') };
  if (/ set LBS_DB_PATH/.test(text ?? '')) return { code: 'database', sentence, advice: null };
  return { code: 'configuration', sentence, advice: say('changeSetting') };
}

/** A reason without an exit: what prevents a start, or what is left of it. */
export const fault = (code: Reason['code'], sentence: Sentence, advice: Sentence | null = null): Reason => ({
  code,
  sentence,
  advice,
  exitCode: null,
  signal: null,
  lines: [],
});
