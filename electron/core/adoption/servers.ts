import { basename } from 'node:path';
import { pids, processOf, type Seen, wordsOf } from '../proc/index.ts';

/** A Python that runs a server.py, of whatever checkout: what it answers tells whether it is ours. */
export const runsServer = (words: readonly string[]) =>
  /python/i.test(basename(words[0] ?? '')) && words.slice(1).some((word) => basename(word) === 'server.py');

/** Started by hand: this user's, and neither a panel's nor a start's that had one. */
export const isByHand = ({ uid, marker, underPanel, words }: Seen, me: number) =>
  uid === me && marker === null && !underPanel && runsServer(words);

/** One look at every command line, and a closer one at the few that match. */
export async function serversByHand(me: number): Promise<Seen[]> {
  const candidates = await Promise.all(
    (await pids()).map(async (pid) => (runsServer(await wordsOf(pid)) ? pid : null)),
  );
  const seen = await Promise.all(candidates.map((pid) => (pid === null ? null : processOf(pid))));
  return seen.filter((one) => one !== null && isByHand(one, me)).filter((one) => one !== null);
}
