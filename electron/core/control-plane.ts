/** The entry of the core for the shells. */
export { createControlPlane } from './assembly/index.ts';
export type { ControlPlane, ControlPlaneOptions } from './session/index.ts';
