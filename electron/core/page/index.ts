export { openBrowser } from './open-browser.ts';
export { readPageFile } from './page-files.ts';
export { pageHeaders } from './page-policy.ts';
