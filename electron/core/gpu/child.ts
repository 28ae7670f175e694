import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { SmiCommand } from './types.ts';

export type SmiChild = ChildProcessByStdio<null, Readable, null>;

export const startSmi = (smi: SmiCommand, words: readonly string[]): SmiChild =>
  spawn(smi.command, [...smi.args, ...words], { env: smi.env, stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });

export interface Answer {
  /** Null where it was ended, or could not be started. */
  exitCode: number | null;
  said: string;
}

/** Asks once; an answer that takes longer than `timeoutMs` is ended. Never fails. */
export function askSmi(
  smi: SmiCommand,
  words: readonly string[],
  timeoutMs: number,
): { answer: Promise<Answer>; end(): void } {
  const child = startSmi(smi, words);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const answer = new Promise<Answer>((resolve) => {
    const done = (exitCode: number | null, text: string) => {
      clearTimeout(timer);
      resolve({ exitCode, said: text });
    };
    child.on('error', (error) => done(null, error.message));
    child.on('close', (code) => done(code, said));
  });
  return { answer, end: () => child.kill('SIGKILL') };
}
