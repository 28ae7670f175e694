/** Returns undefined where the text is not JSON: the caller's schema rejects that. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
