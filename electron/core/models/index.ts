export { createConverter } from './converter.ts';
export { modelHandlers } from './handlers.ts';
export { createModels, type Models, modelFoldersIn } from './models.ts';
export { forkScan, type ScanProcess } from './scanner.ts';
