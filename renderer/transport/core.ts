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
import { say } from './sentences.ts';

export interface StreamUpdate<N extends StreamName> {
  items: StreamItem<N>[];
  /** Older items lost before these (in the log, characters): the reader was too slow. */
  dropped: number;
  /** These items replace all earlier ones. */
  fresh: boolean;
}

export interface Core {
  call<N extends CommandName>(command: N, input: CommandInput<N>): Promise<CommandOutput<N>>;
  /** Reports drawn log characters, so that the core sends more. */
  acknowledge(characters: number): void;
  /** Reports the attention level; repeated after each reconnect. */
  setAttention(level: Attention): void;
  /** Subscribes to a stream, and again after each reconnect; returns a function that unsubscribes. */
  follow<N extends StreamName>(stream: N, listener: (update: StreamUpdate<N>) => void): () => void;
}

type PendingCall = { resolve(output: unknown): void; reject(error: PanelError): void };

/** Connects to the core: typed calls, streams and state. */
export function connectCore(
  on: { state(state: PanelState): void; status(status: LinkStatus): void },
  open: (listener: Parameters<typeof openLink>[0]) => Link = openLink,
): Core {
  const calls = new Map<number, PendingCall>();
  const readers = new Map<StreamName, (update: StreamUpdate<StreamName>) => void>();
  let lastId = 0;
  let connected = false;
  let attention: Attention | null = null;

  const send = (message: ClientMessage) => link.send(message);
  const onMessage = (message: ServerMessage) => {
    if (message.type === 'state') on.state(message.state);
    else if (message.type === 'items') readers.get(message.stream)?.(message as StreamUpdate<StreamName>);
    else {
      const pending = calls.get(message.id);
      calls.delete(message.id);
      if (message.type === 'result') pending?.resolve(message.output);
      else pending?.reject(new PanelError(message.error.code, message.error.sentence, message.error.details));
    }
  };
  const restore = () => {
    if (attention) send({ type: 'attention', level: attention });
    for (const stream of readers.keys()) send({ type: 'subscribe', stream });
  };
  const onStatus = (status: LinkStatus) => {
    connected = status === 'open';
    // Deferred because `link` is not assigned yet if it opens synchronously.
    if (connected) queueMicrotask(restore);
    else {
      for (const pending of calls.values()) pending.reject(new PanelError('not_ready', say('lost')));
      calls.clear();
    }
    on.status(status);
  };
  const link = open({ onMessage, onStatus });

  return {
    call(command, input) {
      if (!connected) return Promise.reject(new PanelError('not_ready', say('disconnected')));
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        calls.set(id, { resolve: resolve as (output: unknown) => void, reject });
        send({ type: 'call', id, command, input });
      });
    },
    acknowledge(characters) {
      if (connected && characters > 0) send({ type: 'acknowledge', stream: 'log', characters });
    },
    setAttention(level) {
      attention = level;
      if (connected) send({ type: 'attention', level });
    },
    follow(stream, listener) {
      readers.set(stream, listener as (update: StreamUpdate<StreamName>) => void);
      if (connected) send({ type: 'subscribe', stream });
      return () => {
        readers.delete(stream);
        if (connected) send({ type: 'unsubscribe', stream });
      };
    },
  };
}
