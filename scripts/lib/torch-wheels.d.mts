export const TORCH: string;
/** `driver`: its major version, or null; `disk` in bytes. */
export function torchBuild(about: { platform: string; driver: number | null }): {
  args: string[];
  size: string;
  disk: number;
};
