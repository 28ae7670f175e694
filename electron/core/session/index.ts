export { dispatch } from './dispatch.ts';
export type { ControlPlane, ControlPlaneOptions } from './plane.ts';
export { createSession, type Session } from './session.ts';
