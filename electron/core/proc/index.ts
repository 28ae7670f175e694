export { endProcesses, type Identity, identityOf, isThere, staying } from './ending.ts';
export { ancestorsOf, descendantsOf, drawsScreen } from './lineage.ts';
export { after, allProcesses, nameOf, pids, processOf, type Seen, wordsOf } from './seen.ts';
