/** A share of 1 as percent, with its standard error where there is one. */
export function percentText(share: number, stderr?: number | null): string {
  const percent = (100 * share).toFixed(1);
  return stderr == null ? `${percent} %` : `${percent} ± ${(100 * stderr).toFixed(1)} %`;
}
