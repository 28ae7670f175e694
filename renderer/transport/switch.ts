import type { PanelError, StreamName } from '#contract';
import type { Core, StreamNews } from './core.ts';

type Listener = (news: StreamNews<StreamName>) => void;

/** What stands in for the core's streams while a recording is shown. */
export interface Source {
  /** Somebody reads this stream from now on: all of it up to now comes as fresh. */
  follow(stream: StreamName, listener: Listener): void;
  unfollow(stream: StreamName): void;
  /** So much of the log is drawn. */
  acknowledge(characters: number): void;
  /** Why a command is refused. */
  refusal(command: string): PanelError;
}

export interface SwitchedCore extends Core {
  /** Shows another source instead of the core; null: the core again, from its backlog. */
  show(source: Source | null): void;
  /** Another source than the core is shown. */
  switched(): boolean;
}

/**
 * The core as the page sees it, or a source in its place. The connection goes on meanwhile: what waits for an answer
 * gets it, and the core's streams are only not asked for.
 */
export function createSwitch(live: Core): SwitchedCore {
  const readers = new Map<StreamName, Listener>();
  const stops = new Map<StreamName, () => void>();
  let source: Source | null = null;

  const begin = (stream: StreamName, listener: Listener) => {
    if (source) source.follow(stream, listener);
    else stops.set(stream, live.follow(stream, listener));
  };
  const end = (stream: StreamName) => {
    source?.unfollow(stream);
    stops.get(stream)?.();
    stops.delete(stream);
  };
  return {
    call: (command, input) => (source ? Promise.reject(source.refusal(command)) : live.call(command, input)),
    acknowledge: (characters) => (source ?? live).acknowledge(characters),
    // The page is looked at all the same.
    attend: live.attend,
    follow(stream, listener) {
      readers.set(stream, listener as Listener);
      begin(stream, listener as Listener);
      return () => {
        readers.delete(stream);
        end(stream);
      };
    },
    show(next) {
      for (const stream of readers.keys()) end(stream);
      source = next;
      for (const [stream, listener] of readers) begin(stream, listener);
    },
    switched: () => source !== null,
  };
}
