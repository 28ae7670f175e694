export interface Watchdog {
  heard(): void;
  stop(): void;
  bitten(): boolean;
}

/** Bites, once, when nothing was heard for `firstMs`, and for `thenMs` once something was. */
export function createWatchdog(firstMs: number, thenMs: number, bite: () => void): Watchdog {
  let heard = 0;
  let over = false;
  let bitten = false;
  const arm = (ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      const before = heard;
      // After a long pause of our own (a debugger, a sleep) timers run before what waits in the pipe is read.
      setImmediate(() => {
        if (over || heard !== before) return;
        over = true;
        bitten = true;
        bite();
      });
    }, ms);
  let timer = arm(firstMs);
  return {
    heard() {
      heard += 1;
      if (over) return;
      // nvidia-smi writes field by field: a new timer for each of them would cost more than the reading.
      if (heard > 1) return void timer.refresh();
      clearTimeout(timer);
      timer = arm(thenMs);
    },
    stop() {
      over = true;
      clearTimeout(timer);
    },
    bitten: () => bitten,
  };
}
