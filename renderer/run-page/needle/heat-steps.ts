/** Row and column of each step of a key; Home and End go to the ends of the row. */
const moves: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The cell that a key leads to from `key`, past cells without tests; null where there is none, or another key was pressed. */
export function steps(keys: readonly (readonly (string | null)[])[], key: string, pressed: string): string | null {
  const row = keys.findIndex((cells) => cells.includes(key));
  const cells = keys[row];
  if (!cells) return null;
  if (pressed === 'Home') return cells.find((cell) => cell !== null) ?? null;
  if (pressed === 'End') return cells.filter((cell) => cell !== null).at(-1) ?? null;
  const move = moves[pressed];
  if (!move) return null;
  const [down, right] = move;
  for (let i = row + down, j = cells.indexOf(key) + right; keys[i]?.[j] !== undefined; i += down, j += right) {
    const found = keys[i]?.[j];
    if (found) return found;
  }
  return null;
}
