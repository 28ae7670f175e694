import type { PanelError, StreamName } from '#contract';
import type { Core, StreamUpdate } from './core.ts';

type Listener = (update: StreamUpdate<StreamName>) => void;

/** Replaces the core's streams while a recording is shown. */
export interface Source {
  /** Subscribes a reader: everything up to now arrives as fresh. */
  follow(stream: StreamName, listener: Listener): void;
  unfollow(stream: StreamName): void;
  /** Reports drawn log characters. */
  acknowledge(characters: number): void;
  /** The error for a command, all of which are refused. */
  refusal(command: string): PanelError;
}

interface SwitchedCore extends Core {
  /** Replaces the core with a source; null returns to the core, from its backlog. */
  show(source: Source | null): void;
  /** Whether a source replaces the core. */
  switched(): boolean;
}

/**
 * The core, or a source in its place. The connection stays open meanwhile: pending calls get their results, only the core's
 * streams are unsubscribed.
 */
export function createSwitch(live: Core): SwitchedCore {
  const readers = new Map<StreamName, Listener>();
  const stops = new Map<StreamName, () => void>();
  let source: Source | null = null;

  const subscribe = (stream: StreamName, listener: Listener) => {
    if (source) source.follow(stream, listener);
    else stops.set(stream, live.follow(stream, listener));
  };
  const unsubscribe = (stream: StreamName) => {
    source?.unfollow(stream);
    stops.get(stream)?.();
    stops.delete(stream);
  };
  return {
    // Text of a recording is copied without secrets, too.
    call: (command, input) =>
      source && command !== 'text.redact' ? Promise.reject(source.refusal(command)) : live.call(command, input),
    acknowledge: (characters) => (source ?? live).acknowledge(characters),
    // The page has the user's attention either way.
    setAttention: live.setAttention,
    follow(stream, listener) {
      readers.set(stream, listener as Listener);
      subscribe(stream, listener as Listener);
      return () => {
        readers.delete(stream);
        unsubscribe(stream);
      };
    },
    show(next) {
      for (const stream of readers.keys()) unsubscribe(stream);
      source = next;
      for (const [stream, listener] of readers) subscribe(stream, listener);
    },
    switched: () => source !== null,
  };
}
