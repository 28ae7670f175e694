export { type Client, createClient, reachable, urlOf } from './client.ts';
export { followEvents } from './events.ts';
export type { Ready } from './instance.ts';
export { type BackendLog, createBackendLog } from './log.ts';
export type { MachineState } from './machine.ts';
export { plainLines } from './plain-lines.ts';
export { createSupervisor, type Supervisor } from './supervisor.ts';
export { loadPty } from './terminal.ts';
