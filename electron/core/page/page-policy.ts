/**
 * The page's content security policy, for both shells. 'unsafe-inline' for styles only: Mantine and xterm add <style>
 * elements that a nonce does not cover. Scripts load from our own files only.
 */
const pagePolicy = (connect: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

export const pageHeaders = (connect: string): Record<string, string> => ({
  'Content-Security-Policy': pagePolicy(connect),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
});
