interface Watchdog {
  /** Output has arrived. */
  reset(): void;
  stop(): void;
  fired(): boolean;
}

/** Fires once when there was no output for `firstMs`, or for `thenMs` after the first output. */
export function createWatchdog(firstMs: number, thenMs: number, onFire: () => void): Watchdog {
  let resets = 0;
  let over = false;
  let fired = false;
  const arm = (ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      const before = resets;
      // After a long pause of this process (a debugger, a sleep) timers run before the pipe is read.
      setImmediate(() => {
        if (over || resets !== before) return;
        over = true;
        fired = true;
        onFire();
      });
    }, ms);
  let timer = arm(firstMs);
  return {
    reset() {
      resets += 1;
      if (over) return;
      // nvidia-smi writes field by field: a new timer for each would cost more than the parsing.
      if (resets > 1) return void timer.refresh();
      clearTimeout(timer);
      timer = arm(thenMs);
    },
    stop() {
      over = true;
      clearTimeout(timer);
    },
    fired: () => fired,
  };
}
