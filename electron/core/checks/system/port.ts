import { connect } from 'node:net';
import { settingToText } from '#contract';
import { reachable } from '../../backend/index.ts';
import { listenerOn, type ProcessInfo } from '../../proc/index.ts';
import { say } from '../sentences.ts';
import { type CheckPlace, copy, type Found, ok } from '../types.ts';

const CONNECT_MS = 1_000;

/** Only a fixed port can be in use: 0 takes a free one at each start. */
export async function checkPort(place: CheckPlace): Promise<Found> {
  const text = place.overrides().LBS_PORT ?? settingToText(place.desired().LBS_PORT) ?? '0';
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    return { state: 'failed', sentence: say('portInvalid', { port: text }), fix: anyPort(place) };
  if (port === 0) return ok(say('portAny'));
  if (place.ownPort() === port) return ok(say('portOwn', { port }));
  const host = place.overrides().LBS_HOST ?? place.desired().LBS_HOST;
  if (!(await answers(port, reachable(host)))) return ok(say('portFree', { port }));
  return judgeHolder(place, port, await listenerOn(port));
}

/** Connects instead of binding: a bound port could keep the backend from starting. */
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

type Holder = Pick<ProcessInfo, 'pid' | 'comm' | 'marker' | 'home'>;

export function judgeHolder(place: CheckPlace, port: number, holder: Holder | null): Found {
  if (holder && holder.marker !== null && holder.home === place.paths.folder)
    return ok(say('portOurs', { port, pid: holder.pid }));
  return {
    state: 'failed',
    sentence: holder
      ? say('portTaken', { port, name: holder.comm, pid: holder.pid })
      : say('portTakenByUnknown', { port }),
    detail: [say('portAdvice')],
    fix: anyPort(place),
  };
}

/** A variable of the environment overrides the setting, so only its owner can change it. */
function anyPort({ overrides, platform }: CheckPlace) {
  const windows = platform === 'win32';
  if (overrides().LBS_PORT !== undefined)
    return copy(say('unsetVariable'), windows ? 'set LBS_PORT=' : 'unset LBS_PORT');
  const command = windows ? 'set LBS_PORT=0&& npm start' : 'LBS_PORT=0 npm start';
  return { label: say('anyPort'), action: 'any_port' as const, command };
}
