import { app } from 'electron';
import { runDesktop, showFailure } from './desktop/run.ts';
import { commands } from './serve/commands.ts';

/** Runs `headroom top` or `headroom doctor` without a window. Chromium's own switches may precede the command. */
function runCommand(at: number): void {
  const { argv, env, platform } = process;
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) {
    // Chromium would exit a moment later without a useful message.
    console.error(
      `headroom: the installed app needs a display even for this command: xvfb-run -a headroom ${argv[at]}`,
    );
    process.exit(1);
  }
  app.disableHardwareAcceleration();
  void commands[argv[at] ?? '']?.(argv.slice(at + 1)).then((code) => app.exit(code));
}

const at = process.argv.findIndex((one, i) => i > 0 && Object.hasOwn(commands, one));
if (at > 0) runCommand(at);
else runDesktop().catch(showFailure);
