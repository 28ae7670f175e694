export { commandOf } from './command.ts';
export { containerOf } from './container.ts';
export { descendantsOf, drawsScreen } from './lineage.ts';
export { createWhose } from './ownership.ts';
export { after, lineOf, nameOf, ownProcesses, pids, processOf, type Seen, statOf, wordsOf } from './process-table.ts';
export { listenerOn, listensOn } from './sockets.ts';
export { endProcesses, hasOwner, type Identity, identityOf, isThere, staying } from './terminate.ts';
