export { Adoption } from './adoption.tsx';
export { BackendTrouble } from './backend-trouble.tsx';
export { ExposedHost } from './exposed-host.tsx';
export { BackendChoice } from './profiles/backend-choice.tsx';
export { Backends } from './profiles/backends.tsx';
export { StartSteps } from './start-steps.tsx';
export { useWorkerStep } from './use-worker-step.ts';
