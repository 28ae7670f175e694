import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Environment } from '../paths.ts';
import { startGuardian } from './guardian.ts';
import { loadPty, openPipes, openPty, type Terminal, type TerminalExit } from './terminal.ts';

/** One start of the backend: its leader, its guardian, and the way to end all of it. */
export interface Instance {
  readonly pid: number;
  readonly kind: 'pty' | 'pipe';
  /** The leader has ended; others of the group may live. */
  readonly leaderExited: Promise<TerminalExit>;
  /** SIGTERM to the whole group. */
  terminate(): void;
  /** Kills whatever is left of this start; a line per process that could not be ended. */
  clear(): Promise<string[]>;
}

export interface LaunchOptions {
  python: string;
  /** Arguments of Python: `-u` and the server's file. */
  args: readonly string[];
  cwd: string;
  guardianScript: string;
  /** The panel's own environment, for the guardian. */
  panelEnv: Environment;
  marker: string;
  portFile: string;
  /** The child's complete environment for this kind of terminal. */
  env: (kind: 'pty' | 'pipe') => Record<string, string>;
  onData: (text: string) => void;
}

/** Guardian first, so that there is no moment in which the backend lives without one. */
export async function launch(options: LaunchOptions): Promise<Instance> {
  const { python, guardianScript, marker, panelEnv, portFile } = options;
  await mkdir(dirname(portFile), { recursive: true, mode: 0o700 });
  const guardian = await startGuardian({ python, script: guardianScript, marker, env: panelEnv });
  const clear = async () => {
    const survivors = await guardian.close();
    await rm(portFile, { force: true });
    return survivors;
  };
  try {
    const { terminal, kind } = await open(options);
    return {
      pid: terminal.pid,
      kind,
      leaderExited: terminal.exited,
      terminate: () => signalGroup(terminal.pid),
      clear,
    };
  } catch (error) {
    await clear();
    throw error;
  }
}

async function open(options: LaunchOptions): Promise<{ terminal: Terminal; kind: 'pty' | 'pipe' }> {
  const { python: command, args, cwd, onData } = options;
  const pty = await loadPty();
  if (pty) {
    try {
      return { terminal: openPty(pty, { command, args, cwd, env: options.env('pty'), onData }), kind: 'pty' };
    } catch {
      // No pseudo-terminal to be had here (a container without /dev/pts): pipes do.
    }
  }
  const terminal = await openPipes({ command, args, cwd, env: options.env('pipe'), onData });
  return { terminal, kind: 'pipe' };
}

/** The leader leads its session and its group, so that the group's number is its pid. */
function signalGroup(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGTERM');
  } catch {
    // Gone already.
  }
}
