import type { Reason } from '#contract';
import { createEscapeFilter } from './escapes.ts';

/** Terminal output without escape sequences: what a person would read, of a progress bar its last state. */
export function plainLines(output: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with control characters
  const plain = createEscapeFilter()(output).replace(/\x1b([78]|\[[^@-~]*[@-~]|\][^\x1b]*\x1b\\)/g, '');
  return plain
    .split('\n')
    .map((line) => line.trimEnd().split('\r').at(-1)?.trimEnd() ?? '')
    .filter(Boolean);
}

const SHOWN = 20;

/** Why an instance that was not asked to end did end. */
export function reasonOf(exitCode: number | null, signal: string | null, output: string): Reason {
  const lines = plainLines(output).slice(-SHOWN);
  const about = { exitCode, signal, lines };
  // The backend's own word for "the settings or the environment are wrong": one sentence, then exit code 2.
  const said = lines.findLast((line) => line.startsWith('headroom: '))?.slice('headroom: '.length);
  if (exitCode === 2)
    return { code: codeOf(said ?? ''), message: said ?? lines.at(-1) ?? 'The backend refused to start.', ...about };
  const lacking = lines.map((line) => /No module named '([^']+)'/.exec(line)?.[1]).find(Boolean);
  if (exitCode && lacking) return { code: 'missing_package', message: lacks(lacking), ...about };
  if (signal) return { code: 'crash', message: `The backend was ended by ${signal}${hint(signal)}.`, ...about };
  return { code: 'crash', message: `The backend ended with exit code ${exitCode ?? '?'}.`, ...about };
}

const codeOf = (sentence: string): Reason['code'] =>
  / lacks /.test(sentence) ? 'missing_package' : /^The port /.test(sentence) ? 'port_busy' : 'configuration';

const lacks = (name: string) =>
  `The backend's Python lacks the package ${name}: run npm run setup, or install it in the one that HEADROOM_PYTHON names.`;

const hint = (signal: string) => (signal === 'SIGKILL' ? ' (the kernel does that when memory runs out)' : '');

export const fault = (code: Reason['code'], message: string): Reason => ({
  code,
  message,
  exitCode: null,
  signal: null,
  lines: [],
});
