import { connect } from 'node:net';
import { settingToText } from '#contract';
import { reachable } from '../../backend/index.ts';
import { listenerOn, type Seen } from '../../proc/index.ts';
import { type CheckPlace, copy, type Found, ok } from '../types.ts';

const CONNECT_MS = 1_000;

/** Only a fixed port can be taken: 0 finds a free one at each start. */
export async function checkPort(place: CheckPlace): Promise<Found> {
  const text = place.overrides().LBS_PORT ?? settingToText(place.desired().LBS_PORT) ?? '0';
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    return { state: 'failed', sentence: `LBS_PORT is ${text}, which is no port.`, fix: anyPort(place) };
  if (port === 0) return ok('The backend takes any free port.');
  if (place.ownPort() === port) return ok(`The backend listens on port ${port}.`);
  const host = place.overrides().LBS_HOST ?? place.desired().LBS_HOST;
  if (!(await answers(port, reachable(host)))) return ok(`Port ${port} is free.`);
  return judgeHolder(place, port, await listenerOn(port));
}

/** By connecting, not by binding: a test that holds the port could be what keeps the backend from it. */
function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: CONNECT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

type Holder = Pick<Seen, 'pid' | 'comm' | 'marker' | 'home'>;

export function judgeHolder(place: CheckPlace, port: number, holder: Holder | null): Found {
  if (holder && holder.marker !== null && holder.home === place.paths.folder)
    return ok(`Headroom's backend listens on port ${port} (pid ${holder.pid}).`);
  const who = holder ? `${holder.comm} (pid ${holder.pid})` : 'another program, which this system does not name,';
  return {
    state: 'failed',
    sentence: `Port ${port} is taken: ${who} listens on it.`,
    detail: 'The backend cannot start on it: choose another port, or end that program.',
    fix: anyPort(place),
  };
}

/** A variable of the environment wins over what is chosen here, so that only its owner can change it. */
function anyPort({ overrides, platform }: CheckPlace) {
  const windows = platform === 'win32';
  if (overrides().LBS_PORT !== undefined) return copy('Free the setting', windows ? 'set LBS_PORT=' : 'unset LBS_PORT');
  const command = windows ? 'set LBS_PORT=0&& npm start' : 'LBS_PORT=0 npm start';
  return { label: 'Choose another port', action: 'any_port' as const, command };
}
