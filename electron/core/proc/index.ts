export { endProcesses, type Identity, identityOf, isThere, staying } from './ending.ts';
export { descendantsOf, drawsScreen } from './lineage.ts';
export { after, lineOf, nameOf, ownProcesses, pids, processOf, type Seen, wordsOf } from './seen.ts';
export { listenerOn, listensOn } from './sockets.ts';
