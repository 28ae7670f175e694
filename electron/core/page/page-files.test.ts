import { sep } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resolveInside } from './page-files.ts';

it('never leaves the folder, whatever the path says', () => {
  const piece = fc.constantFrom('..', '%2e%2e', '/', '%2f', '%5c', 'a', '.', '%00', '%');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const file = resolveInside('/page', `/${pieces.join('')}`);
      if (file !== null) expect(file.startsWith(`/page${sep}`) && !file.includes('/.')).toBe(true);
    }),
  );
  for (const path of ['/.env', '/%2eenv', '/%2Fa/%2E.git/x.js']) expect(resolveInside('/page', path)).toBeNull();
  expect(resolveInside('/page', '/assets/x.js')).toBe('/page/assets/x.js');
});
