import type { CommandHandlers } from '#contract';
import type { Inbox } from './inbox.ts';

export { type Inbox, openInbox } from './inbox.ts';

export const inboxHandlers = (inbox: Inbox): Pick<CommandHandlers, 'inbox.visit'> => ({
  'inbox.visit': ({ until }) => inbox.visit(until),
});
