import { basename } from 'node:path';
import { pids, processOf, type Seen, wordsOf } from '../proc/index.ts';

/** A Python that runs a server.py of any checkout: its health answer decides whether it is a backend of Headroom. */
const runsServer = (words: readonly string[]) =>
  /python/i.test(basename(words[0] ?? '')) && words.slice(1).some((word) => basename(word) === 'server.py');

/** Started by hand: a process of this user that no panel started, directly or indirectly. */
export const isByHand = ({ uid, marker, underPanel, words }: Seen, ownUid: number) =>
  uid === ownUid && marker === null && !underPanel && runsServer(words);

/** Reads every command line, and more of the few processes that match. */
export async function findServers(ownUid: number): Promise<Seen[]> {
  const candidates = await Promise.all(
    (await pids()).map(async (pid) => (runsServer(await wordsOf(pid)) ? pid : null)),
  );
  const processes = await Promise.all(candidates.map((pid) => (pid === null ? null : processOf(pid))));
  return processes.filter((one) => one !== null && isByHand(one, ownUid)).filter((one) => one !== null);
}
