import {
  type Attention,
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
  /** How much the page is looked at; told again after each new connection. */
  attend(level: Attention): void;
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
  let attention: Attention | null = null;

  const send = (message: ClientMessage) => link.send(message);
  const onMessage = (message: ServerMessage) => {
    if (message.type === 'state') on.state(message.state);
    else if (message.type === 'items') readers.get(message.stream)?.(message as StreamNews<StreamName>);
    else {
      const waiting = calls.get(message.id);
      calls.delete(message.id);
      if (message.type === 'result') waiting?.resolve(message.output);
      else waiting?.reject(new PanelError(message.error.code, message.error.sentence, message.error.details));
    }
  };
  const introduce = () => {
    if (attention) send({ type: 'attention', level: attention });
    for (const stream of readers.keys()) send({ type: 'subscribe', stream });
  };
  const onStatus = (status: LinkStatus) => {
    connected = status === 'open';
    // After this turn: `link` is not there yet while it is being opened.
    if (connected) queueMicrotask(introduce);
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
    attend(level) {
      attention = level;
      if (connected) send({ type: 'attention', level });
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
