import { z } from 'zod';
import { commands } from './commands.ts';
import { errorSchema } from './errors.ts';
import { panelStateSchema } from './state.ts';
import { streams } from './streams.ts';

/** How much a page is looked at: `front` has the focus, `visible` can be seen. */
export const attentions = ['hidden', 'visible', 'front'] as const;
export type Attention = (typeof attentions)[number];

/** What travels between a renderer and the core: the same JSON messages over Electron's IPC and over a WebSocket. */

const id = z.number().int().nonnegative();
const streamName = z.enum(Object.keys(streams) as [keyof typeof streams]);

export const clientMessageSchema = z.discriminatedUnion('type', [
  /** Serve mode's first message; the desktop needs none. */
  z.object({ type: z.literal('hello'), secret: z.string() }),
  z.object({ type: z.literal('call'), id, command: z.string(), input: z.unknown() }),
  z.object({ type: z.literal('subscribe'), stream: streamName }),
  z.object({ type: z.literal('unsubscribe'), stream: streamName }),
  /** Told at once and at each change: what nobody sees is asked for less often. */
  z.object({ type: z.literal('attention'), level: z.enum(attentions) }),
  /** The page has drawn this many more characters: without it the core soon sends no more of them. */
  z.object({ type: z.literal('acknowledge'), stream: z.literal('log'), characters: z.number().int().nonnegative() }),
]);

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), state: panelStateSchema }),
  z.object({ type: z.literal('result'), id, output: z.unknown() }),
  z.object({ type: z.literal('error'), id, error: errorSchema }),
  z.object({
    type: z.literal('items'),
    stream: streamName,
    items: z.array(z.unknown()),
    /** How many older items this reader lost before these; of the log, how many characters. */
    dropped: z.number().int(),
    /** True for the first message after a subscribe: it replaces what the reader had. */
    fresh: z.boolean(),
  }),
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type ServerMessage = z.infer<typeof serverMessageSchema>;

/** What preload exposes as `window.headroom` in the desktop; a browser has none and uses a WebSocket. */
export interface HeadroomBridge {
  send(message: ClientMessage): void;
  onMessage(listener: (message: ServerMessage) => void): () => void;
}

export const isCommandName = (name: string): name is keyof typeof commands => Object.hasOwn(commands, name);
