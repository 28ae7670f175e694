import {
  type ClientMessage,
  type CommandInput,
  type CommandName,
  type CommandOutput,
  PanelError,
  type PanelState,
  type ServerMessage,
  type StreamItem,
  type StreamName,
} from '#contract';
import { type Link, type LinkStatus, openLink } from './link.ts';

export interface StreamNews<N extends StreamName> {
  items: StreamItem<N>[];
  /** Older items that were lost before these; of the log, characters. */
  dropped: number;
  /** These replace what the reader had. */
  fresh: boolean;
}

export interface Core {
  call<N extends CommandName>(command: N, input: CommandInput<N>): Promise<CommandOutput<N>>;
  /** Tells that this much of the log is drawn, so that more comes. */
  acknowledge(characters: number): void;
  /** Follows a stream, again after each new connection; returns the way to stop. */
  follow<N extends StreamName>(stream: N, listener: (news: StreamNews<N>) => void): () => void;
}

type Waiting = { resolve(output: unknown): void; reject(error: PanelError): void };

/** The core as the page sees it: typed calls, streams, and the last state. */
export function connectCore(
  on: { state(state: PanelState): void; status(status: LinkStatus): void },
  open: (listener: Parameters<typeof openLink>[0]) => Link = openLink,
): Core {
  const calls = new Map<number, Waiting>();
  const readers = new Map<StreamName, (news: StreamNews<StreamName>) => void>();
  let number = 0;
  let connected = false;

  const send = (message: ClientMessage) => link.send(message);
  const onMessage = (message: ServerMessage) => {
    if (message.type === 'state') on.state(message.state);
    else if (message.type === 'items') readers.get(message.stream)?.(message as StreamNews<StreamName>);
    else {
      const waiting = calls.get(message.id);
      calls.delete(message.id);
      if (message.type === 'result') waiting?.resolve(message.output);
      else waiting?.reject(new PanelError(message.error.code, message.error.message, message.error.details));
    }
  };
  const onStatus = (status: LinkStatus) => {
    connected = status === 'open';
    // After this turn: `link` is not there yet while it is being opened.
    if (connected) queueMicrotask(() => readers.forEach((_, stream) => void send({ type: 'subscribe', stream })));
    else {
      for (const waiting of calls.values()) waiting.reject(new PanelError('not_ready', 'The connection was lost.'));
      calls.clear();
    }
    on.status(status);
  };
  const link = open({ onMessage, onStatus });

  return {
    call(command, input) {
      if (!connected) return Promise.reject(new PanelError('not_ready', 'Headroom is not connected.'));
      number += 1;
      const id = number;
      return new Promise((resolve, reject) => {
        calls.set(id, { resolve: resolve as (output: unknown) => void, reject });
        send({ type: 'call', id, command, input });
      });
    },
    acknowledge(characters) {
      if (connected && characters > 0) send({ type: 'acknowledge', stream: 'log', characters });
    },
    follow(stream, listener) {
      readers.set(stream, listener as (news: StreamNews<StreamName>) => void);
      if (connected) send({ type: 'subscribe', stream });
      return () => {
        readers.delete(stream);
        if (connected) send({ type: 'unsubscribe', stream });
      };
    },
  };
}
