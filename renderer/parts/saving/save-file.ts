const REVOKE_DELAY_MS = 10_000;

/** Downloads JSON text as a file. */
export const saveText = (name: string, text: string) => saveBlob(name, new Blob([text], { type: 'application/json' }));

/** Downloads a blob as a file. */
export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has read the blob by then.
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_DELAY_MS);
}
