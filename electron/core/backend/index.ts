export { type Client, createClient, urlOf } from './client.ts';
export { followEvents } from './events.ts';
export { coldWorkers } from './forkserver.ts';
export type { Ready } from './instance.ts';
export { type BackendLog, createBackendLog } from './log.ts';
export type { MachineState } from './machine.ts';
export { createSupervisor, type Supervisor } from './supervisor.ts';
export { createWarmth } from './warmth.ts';
