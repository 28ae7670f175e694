export { type Heat, type HeatCells, heatCells } from './needle/heat-cells.ts';
export { colorOf, HeatMap, tokensText } from './needle/heat-map.tsx';
export { RunPage } from './run-page.tsx';
