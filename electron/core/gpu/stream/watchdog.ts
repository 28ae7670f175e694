interface Watchdog {
  /** A row has arrived. */
  fed(): void;
  stop(): void;
  /** Whether it has given up. */
  fired(): boolean;
}

interface WatchdogOptions {
  /** Without a row for this long, `onQuiet` is called once, and the wait goes on. */
  noticeMs: number;
  /** The time for the first row. */
  firstMs: number;
  /** The current limit of the silence between two rows. */
  silenceMs(): number;
  onQuiet(): void;
  /** Called once when it gives up: there was no row for `silentMs`. */
  onFire(silentMs: number): void;
}

/** A limit that has changed by more than this factor needs a new timer. */
const CHANGED = 1.25;

/** Watches for rows: other output does not count. */
export function createWatchdog({ noticeMs, firstMs, silenceMs, onQuiet, onFire }: WatchdogOptions): Watchdog {
  let rows = 0;
  let over = false;
  let fired = false;
  let armedMs = 0;
  const arm = (ms: number, then: () => void): NodeJS.Timeout => {
    armedMs = ms;
    return setTimeout(() => {
      const before = rows;
      // After a long pause of this process (a debugger, a sleep) timers run before the pipe is read.
      setImmediate(() => {
        if (!over && rows === before) then();
      });
    }, ms);
  };
  const fire = (silentMs: number) => {
    over = true;
    fired = true;
    onFire(silentMs);
  };
  const quiet = () => {
    onQuiet();
    if (!over) timer = arm(firstMs - noticeMs, () => fire(firstMs));
  };
  let timer = noticeMs < firstMs ? arm(noticeMs, quiet) : arm(firstMs, () => fire(firstMs));
  return {
    fed() {
      rows += 1;
      if (over) return;
      const ms = silenceMs();
      // A new timer for each row would cost more than the parsing.
      if (rows > 1 && ms < armedMs * CHANGED && ms * CHANGED > armedMs) return void timer.refresh();
      clearTimeout(timer);
      timer = arm(ms, () => fire(armedMs));
    },
    stop() {
      over = true;
      clearTimeout(timer);
    },
    fired: () => fired,
  };
}
