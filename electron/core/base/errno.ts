/** The code of a system error (ENOENT, ENOSPC, ...), or null where the error is of another kind. */
export function errnoOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
