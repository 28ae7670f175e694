export { highestMiB, MemoryPlot } from './memory/memory-plot.tsx';
export { type Curve, readCurve } from './memory/use-curve.ts';
export { RunPage } from './run-page.tsx';
