export { commandOf } from './command.ts';
export { containerOf } from './container.ts';
export { descendantsOf } from './lineage.ts';
export { createOwnership } from './ownership.ts';
export {
  ancestorsOf,
  argsOf,
  argumentsAfter,
  executableOf,
  nameOf,
  ownProcesses,
  type ProcessInfo,
  pids,
  processOf,
  statOf,
} from './process-table.ts';
export { isDisplayServer, programOf } from './program.ts';
export { listenerOn, listensOn } from './sockets.ts';
export { hasOwner, identityOf, isRunning, survivorsAfter, terminateProcesses } from './terminate.ts';
