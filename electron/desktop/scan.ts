import { utilityProcess } from 'electron';
import type { ScanProcess } from '../core/models/index.ts';

/** A utility process: the packaged app cannot run as Node. */
export function startScan(script: string): ScanProcess {
  const child = utilityProcess.fork(script, [], { stdio: 'ignore', serviceName: 'Headroom model search' });
  return {
    post: (folder) => child.postMessage(folder),
    onReport: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('exit', listener),
    kill: () => void child.kill(),
  };
}
