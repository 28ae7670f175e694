export { createControlPlane } from './control-plane.ts';
