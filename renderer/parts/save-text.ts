/** Hands a text to the browser (or the window) as a file to save. */
export const saveText = (name: string, text: string) => saveBlob(name, new Blob([text], { type: 'application/json' }));

export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has taken its copy by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
