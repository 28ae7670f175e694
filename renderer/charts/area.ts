/** A plot's area inside its chart, without the axes; in pixels. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}
