export { type Detector, loadDetector } from './detector.ts';
export { secretsIn } from './environment.ts';
export { redactionHandlers } from './handlers.ts';
export { type Person, personOf } from './person.ts';
export { createRedactor, masked, type Redactor } from './redactor.ts';
