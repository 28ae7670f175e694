import { basename } from 'node:path';
import { argsOf, type ProcessInfo, pids, processOf } from '../proc/index.ts';

/** A Python that runs a server.py of any checkout: its health answer decides whether it is a backend of Headroom. */
const runsServer = (args: readonly string[]) =>
  /python/i.test(basename(args[0] ?? '')) && args.slice(1).some((arg) => basename(arg) === 'server.py');

/** Started by hand: a process of this user that no panel started, directly or indirectly. */
export const isByHand = ({ uid, marker, underPanel, args }: ProcessInfo, ownUid: number) =>
  uid === ownUid && marker === null && !underPanel && runsServer(args);

/** Reads every command line, and more of the few processes that match. */
export async function findServers(ownUid: number): Promise<ProcessInfo[]> {
  const candidates = await Promise.all((await pids()).map(async (pid) => (runsServer(await argsOf(pid)) ? pid : null)));
  const processes = await Promise.all(candidates.map((pid) => (pid === null ? null : processOf(pid))));
  return processes.filter((one) => one !== null && isByHand(one, ownUid)).filter((one) => one !== null);
}
