/** Hands a text, or the pieces of one, to the browser (or the window) as a file to save. */
export function saveText(name: string, text: string | string[], type = 'application/json'): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text].flat(), { type }));
  link.download = name;
  link.click();
  // The download has taken its copy by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
