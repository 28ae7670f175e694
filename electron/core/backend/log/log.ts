import { createEscapeFilter, type RunLog } from '#contract';
import { createTextTail } from '../../base/index.ts';
import { createLogFile, type LogFile, type LogFileOptions, logFiles } from './log-file.ts';
import { type BackendLogLines, createLogLines } from './log-lines.ts';
import { runLines } from './run-lines.ts';

/** Enough for the 10,000 lines of a view at 200 characters a line; more would only slow down loading. */
const TAIL_CHARACTERS = 2 * 2 ** 20;

export interface BackendLog extends LogFile {
  lines: BackendLogLines['from'];
  /** The end of the filtered output, at most 2 Mi characters. */
  tail(): string;
  /** What the backend printed during this run. */
  ofRun(reqId: string): Promise<RunLog>;
}

/** The backend's output: unchanged in the files, and its end in memory, without escape sequences that a view must not run. */
export function createBackendLog(
  file: string,
  options: LogFileOptions & { onShown?(text: string): void } = {},
): BackendLog {
  const { onShown } = options;
  const files = createLogFile(file, options);
  const filter = createEscapeFilter();
  const tail = createTextTail(TAIL_CHARACTERS);
  const lines = createLogLines();
  return {
    write(text) {
      const shown = filter(text);
      tail.push(shown);
      lines.write(shown);
      onShown?.(shown);
      return files.write(text);
    },
    tail: tail.text,
    lines: lines.from,
    async ofRun(reqId) {
      await files.flushed();
      return runLines(logFiles(file), reqId);
    },
    flushed: files.flushed,
  };
}
