export { GpuCards } from './gpu-cards.tsx';
