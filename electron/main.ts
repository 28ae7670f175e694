import { app } from 'electron';
import { runDesktop, showFailure } from './desktop/run.ts';
import { words } from './serve/words.ts';

/** `headroom top` in a terminal: an answer, and no window. Chromium's own switches may stand before the word. */
function answerWord(at: number): void {
  const { argv, env, platform } = process;
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) {
    // Chromium ends a moment later, and its own words help nobody.
    console.error(`headroom: the installed app needs a screen even for this: xvfb-run -a headroom ${argv[at]}.`);
    process.exit(1);
  }
  app.disableHardwareAcceleration();
  void words[argv[at] ?? '']?.(argv.slice(at + 1)).then((code) => app.exit(code));
}

const at = process.argv.findIndex((one, i) => i > 0 && Object.hasOwn(words, one));
if (at > 0) answerWord(at);
else runDesktop().catch(showFailure);
