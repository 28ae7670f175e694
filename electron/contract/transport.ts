import { z } from 'zod';
import { commands } from './commands.ts';
import { errorSchema } from './errors.ts';
import { panelStateSchema } from './state.ts';
import { streams } from './streams.ts';

/** The attention level of a page: `front` has the focus, `visible` is on screen. */
const attentions = ['hidden', 'visible', 'front'] as const;
export type Attention = (typeof attentions)[number];

/** The messages between a page and the core: the same JSON over Electron's IPC and over a WebSocket. */

const id = z.number().int().nonnegative();
const streamName = z.enum(Object.keys(streams) as [keyof typeof streams]);

export const clientMessageSchema = z.discriminatedUnion('type', [
  /** The first message; in serve mode with the tab's secret. */
  z.object({ type: z.literal('hello'), secret: z.string() }),
  z.object({ type: z.literal('call'), id, command: z.string(), input: z.unknown() }),
  z.object({ type: z.literal('subscribe'), stream: streamName }),
  z.object({ type: z.literal('unsubscribe'), stream: streamName }),
  /** Sent at once and at each change: telemetry is polled less often for a page that is not visible. */
  z.object({ type: z.literal('attention'), level: z.enum(attentions) }),
  /** The page has drawn this many more characters: without acknowledgement the core stops sending. */
  z.object({ type: z.literal('acknowledge'), stream: z.literal('log'), characters: z.number().int().nonnegative() }),
]);

const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), state: panelStateSchema }),
  z.object({ type: z.literal('result'), id, output: z.unknown() }),
  z.object({ type: z.literal('error'), id, error: errorSchema }),
  z.object({
    type: z.literal('items'),
    stream: streamName,
    items: z.array(z.unknown()),
    /** How many older items this reader lost before these; for the log, characters. */
    dropped: z.number().int(),
    /** The first message after a subscribe: it replaces what the reader had. */
    fresh: z.boolean(),
  }),
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type ServerMessage = z.infer<typeof serverMessageSchema>;

/** A desktop notification, worded by the page in its language. */
export const notificationSchema = z.strictObject({ title: z.string(), body: z.string(), urgent: z.boolean() });

/** What preload exposes as `window.headroom` in the desktop app; a browser uses a WebSocket instead. */
export interface HeadroomBridge {
  send(message: ClientMessage): void;
  notify(notification: z.infer<typeof notificationSchema>): void;
  onMessage(listener: (message: ServerMessage) => void): () => void;
}

export const isCommandName = (name: string): name is keyof typeof commands => Object.hasOwn(commands, name);
