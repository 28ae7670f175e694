import { type Reason, type Sentence, verbatim } from '#contract';
import { say } from '../sentences.ts';
import { type Cause, causeOfExit, causeOfSignal } from './exit-causes.ts';
import { causeInOutput, causeInTraceback } from './output-causes.ts';
import { plainLines } from './plain-lines.ts';

const SHOWN_LINES = 20;

/**
 * Why an instance exited without being asked to. `memoryKills`: the kernel's out-of-memory kills since its start; `refusal`: the
 * sentence with which it refused to start, where it could say so.
 */
export function reasonOf(
  exitCode: number | null,
  signal: string | null,
  output: string,
  memoryKills = 0,
  refusal: Sentence | null = null,
): Reason {
  const all = plainLines(output);
  const lines = all.slice(-SHOWN_LINES);
  const about = { exitCode, signal, lines };
  if (signal) return { ...causeOfSignal(signal, memoryKills), ...about };
  if (exitCode === 2) return { ...(refusal ? causeOfSentence(refusal) : causeOfRefusal(lines)), ...about };
  const found = exitCode === 0 ? null : (causeInOutput(lines) ?? causeInTraceback(all));
  return { ...(found ?? causeOfExit(exitCode, memoryKills)), ...about };
}

const PREFIX = 'headroom: ';

/** The backend refuses wrong settings or a wrong environment with a sentence, then exit code 2. */
function causeOfSentence(refusal: Sentence): Cause {
  const sentence = say('refused', { reason: refusal });
  const known = refusalCauses.find(([pattern]) => pattern.test(refusal.code));
  // The system's own words, such as of a full disk, are more exact.
  const cause = causeInOutput([refusal.text]);
  if (cause) return { ...cause, sentence, advice: known && cause.code !== 'disk_full' ? known[2] : cause.advice };
  return known
    ? { code: known[1], sentence, advice: known[2] }
    : { code: 'configuration', sentence, advice: say('changeSetting') };
}

/** The code of a refusal, the reason's code, and what to do where the refusal does not say it. */
const refusalCauses: readonly [pattern: RegExp, code: Reason['code'], advice: Sentence | null][] = [
  [/^lbs\.server\.(lacks|old_python)$/, 'missing_package', null],
  [/^lbs\.(imports|server)\.(broken|variable|variables|user_site)$/, 'missing_library', null],
  [/^lbs\.server\.port$/, 'port_busy', say('anyPort')],
  [/^lbs\.store\./, 'database', null],
];

/** An interpreter that could not write the file of its steps, or an older one: the line of text. */
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
