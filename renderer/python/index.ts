export { Creation } from './creation.tsx';
export { PythonSection } from './python-section.tsx';
