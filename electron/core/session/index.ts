export type { ControlPlane, ControlPlaneOptions, PanelFeed } from './plane.ts';
export { createSession, type Session } from './session.ts';
