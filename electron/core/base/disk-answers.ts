import { spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';

const ANSWER_MS = 5_000;

/**
 * Whether the disk of this path answers within a few seconds; true as well where the path does not exist. Asked by another
 * process: a dead network disk would block ours, already while it starts a program from there.
 */
export function diskAnswers(path: string, options: { command?: string; answerMs?: number } = {}): Promise<boolean> {
  const { command = '/bin/ls', answerMs = ANSWER_MS } = options;
  if (process.platform === 'win32' || !isAbsolute(path)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const child = spawn(command, ['-d', '--', path], { stdio: 'ignore' });
    // It may never exit: even a kill waits for the disk.
    child.unref();
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve(false);
    }, answerMs);
    const answered = () => {
      clearTimeout(timer);
      resolve(true);
    };
    // Without such a program the disk counts as answering.
    child.on('error', answered);
    child.on('exit', answered);
  });
}
