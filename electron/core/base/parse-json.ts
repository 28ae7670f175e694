/** Undefined where it is no JSON: whoever asks has a schema that says what it should have been. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
