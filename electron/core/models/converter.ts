import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { z } from 'zod';
import { PanelError, type Sentence, sentenceSchema, verbatim } from '#contract';
import { type Environment, parseJson, pythonEnvironment } from '../base/index.ts';
import { say } from './sentences.ts';

/** Runs `python -m lbs.convert` in a child process, which ends with us. */
export interface Converter {
  about(file: string): Promise<{ convertible: boolean; sentence: Sentence }>;
  /** Returns the new model's folder. Throws a PanelError, also where it was cancelled. */
  convert(file: string): Promise<string>;
  cancel(): void;
}

const aboutSchema = z.object({ convertible: z.boolean(), sentence: sentenceSchema });
const convertedSchema = z.union([z.object({ folder: z.string() }), z.object({ sentence: sentenceSchema })]);

/** The reason is at the end of what a crashed Python prints. */
const TAIL = 2_000;

export function createConverter(options: { python(): string; pythonFolder: string; env: Environment }): Converter {
  const { python, pythonFolder } = options;
  const env = pythonEnvironment(options.env);
  let cancelRun: (() => void) | null = null;

  const run = async <T>(file: string, words: string[], schema: z.ZodType<T>, cancellable: boolean): Promise<T> => {
    const child = spawn(python(), ['-m', 'lbs.convert', ...words, file], {
      cwd: pythonFolder,
      env: { ...env, PYTHONPATH: [pythonFolder, env.PYTHONPATH].filter(Boolean).join(delimiter), PYTHONSAFEPATH: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let cancelled = false;
    let output = '';
    let errors = '';
    // The pipe breaks where the child has exited.
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-TAIL);
    });
    if (cancellable)
      cancelRun = () => {
        cancelled = true;
        child.stdin.end();
      };
    const failure = await new Promise<Error | null>((resolve) => {
      child.on('error', resolve);
      child.on('close', () => resolve(null));
    });
    if (cancellable) cancelRun = null;
    if (cancelled) throw new PanelError('refused', say('conversionCancelled', { file }));
    const answer = schema.safeParse(parseJson(output));
    if (answer.success) return answer.data;
    const reason = failure?.message ?? errors.trim().split('\n').at(-1) ?? '';
    throw new PanelError('refused', say('conversionBroke', { file, reason: verbatim(reason) }));
  };

  return {
    about: (file) => run(file, ['--about'], aboutSchema, false),
    async convert(file) {
      const answer = await run(file, ['--json'], convertedSchema, true);
      if ('folder' in answer) return answer.folder;
      throw new PanelError('refused', answer.sentence);
    },
    cancel: () => cancelRun?.(),
  };
}
