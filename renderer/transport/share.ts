/**
 * The value of `next` with every unchanged part of `before` in place of its equal, so that a part that did not change keeps
 * its identity. Both are JSON: no cycles, no classes.
 */
export function share<T>(before: unknown, next: T): T {
  if (Object.is(before, next)) return next;
  if (!isContainer(before) || !isContainer(next) || Array.isArray(before) !== Array.isArray(next)) return next;
  const [old, given] = [before as Record<string, unknown>, next as Record<string, unknown>];
  const keys = Object.keys(given);
  let equal = keys.length === Object.keys(old).length;
  for (const key of keys) {
    const known = Object.hasOwn(old, key);
    const part = known ? share(old[key], given[key]) : given[key];
    // `next` was just parsed, so that no one else holds it.
    given[key] = part;
    equal &&= known && Object.is(part, old[key]);
  }
  return equal ? (before as T) : next;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
