import { fork } from 'node:child_process';
import type { Model, PanelError, Sentence } from '#contract';
import type { Progress } from './scan.ts';
import { say } from './sentences.ts';

type ErrorShape = ReturnType<PanelError['toShape']>;
type ErrorCode = PanelError['code'];

/** What a scanning process sends, several times a second; `end`: for the last time. */
export type ScanReport = Progress & { end?: { limited: boolean } | { error: ErrorShape } };

/** A process that runs scan-process.ts. */
export interface ScanProcess {
  pid?: number | undefined;
  post(folder: string): void;
  onReport(listener: (report: ScanReport) => void): void;
  onExit(listener: () => void): void;
  kill(): void;
}

/** The state of one search; `sentence` says what is wrong with the folder. */
export interface Scan {
  state: 'scanning' | 'done' | 'silent' | 'failed';
  models: Model[];
  sentence: Sentence | null;
  /** Of the error, in `failed`. */
  code?: ErrorCode;
}

export interface ScannerOptions {
  start(): ScanProcess;
  /** After this long without progress, the disk counts as silent. */
  silentMs?: number;
  /** The longest search; what was found until then counts. */
  longestMs?: number;
}

const SILENT_MS = 5_000;
const LONGEST_MS = 60_000;

/** Searches each folder in a separate process. Returns a function that ends the search. */
export function createScanner({ start, silentMs = SILENT_MS, longestMs = LONGEST_MS }: ScannerOptions) {
  return (folder: string, onScan: (scan: Scan) => void): (() => void) => {
    const child = start();
    let last: Progress = { models: [], folders: 0, at: folder };
    let isSilent = false;
    let ended = false;
    let silence: NodeJS.Timeout | undefined;
    const report = (state: Scan['state'], sentence: Sentence | null = null, code?: ErrorCode) =>
      onScan({ state, models: last.models, sentence, code });
    const end = () => {
      ended = true;
      clearTimeout(silence);
      clearTimeout(deadline);
      child.kill();
    };
    const finish = (state: Scan['state'], sentence: Sentence | null = null, code?: ErrorCode) => {
      if (ended) return;
      end();
      report(state, sentence, code);
    };
    const silent = () => say('silent', { at: last.at, seconds: silentMs / 1_000 });
    const tooMuch = () => say('limited', { folder, count: last.folders });
    const watch = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        isSilent = true;
        report('silent', silent());
      }, silentMs);
    };
    const deadline = setTimeout(() => {
      if (isSilent) finish('silent', silent());
      else finish('done', tooMuch());
    }, longestMs);

    child.onReport((next) => {
      if (ended) return;
      const found = next.models.length !== last.models.length;
      const progressed = found || next.folders !== last.folders;
      last = next;
      if (next.end && 'error' in next.end) return finish('failed', next.end.error.sentence, next.end.error.code);
      if (next.end) return finish('done', next.end.limited ? tooMuch() : null);
      if (!progressed) return;
      watch();
      if (found || isSilent) report('scanning');
      isSilent = false;
    });
    child.onExit(() => finish('failed', say('scanBroke', { folder })));
    watch();
    child.post(folder);
    return end;
  };
}

/** Under Node; the desktop app starts a utility process of Electron. */
export function forkScan(script: string): ScanProcess {
  const child = fork(script, [], { execArgv: [], stdio: 'ignore', serialization: 'advanced' });
  child.unref();
  child.channel?.unref?.();
  return {
    pid: child.pid,
    post: (folder) => void child.send(folder),
    onReport: (listener) => void child.on('message', (report) => listener(report as ScanReport)),
    onExit(listener) {
      child.on('error', listener);
      child.on('exit', listener);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
