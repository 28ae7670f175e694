const units = { mib: 2 ** 20, mb: 1e6, gib: 2 ** 30, gb: 1e9 } as const;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Bytes of `18`, `18 GiB` or `512MiB`; a number alone is in GiB. Null for anything else. */
export function bytesOf(text: string): number | null {
  const [, number, unit = 'gib'] = /^\s*(\d{1,6}(?:\.\d{1,6})?)\s*([mg]i?b)?\s*$/i.exec(text) ?? [];
  if (number === undefined) return null;
  const bytes = Math.round(Number(number) * units[unit.toLowerCase() as keyof typeof units]);
  return bytes > 0 ? bytes : null;
}

/** A predicted peak, rounded up: to half a GiB, or to 16 MiB on a small card. */
export function roundedUp(bytes: number): string {
  if (bytes < GIB) return `${Math.ceil(bytes / (16 * MIB)) * 16} MiB`;
  return `${Math.ceil((bytes / GIB) * 2) / 2} GiB`;
}

/** `18 GiB`, `12.3 GiB` or `180 MiB`, as the backend writes sizes of the queue. */
export function waitText(bytes: number): string {
  const [number, unit] = bytes >= GIB ? [bytes / GIB, 'GiB'] : [bytes / MIB, 'MiB'];
  return `${Number(number.toFixed(1))} ${unit}`;
}
