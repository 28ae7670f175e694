/** Whether only this machine can reach a server that listens on `host`: a name or an address, in brackets or not. */
export function isLoopback(host: string): boolean {
  const bare = host
    .trim()
    .toLowerCase()
    .replace(/^\[|\]$/g, '');
  if (bare === 'localhost') return true;
  if (/^127(\.\d{1,3}){3}$/.test(bare)) return bare.split('.').every((part) => Number(part) <= 255);
  // ::1 in any spelling: zeros, then 1.
  const parts = bare.split(':');
  const isOne = /^0{0,3}1$/.test(parts.at(-1) ?? '') && parts.slice(0, -1).every((part) => /^0{0,4}$/.test(part));
  return isOne && parts.length <= 8 && (bare.includes('::') || (parts.length === 8 && !parts.includes('')));
}
