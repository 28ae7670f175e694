import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { type Check, type CheckState, PanelError } from '#contract';
import { examineAll } from '../core/checks/index.ts';

/** `npm run headroom -- doctor [--json]`. Exit code 0: no check failed; 1: one did; 2: it was asked for what it does not do. */

const words: Record<CheckState, string> = { ok: 'ok', warning: 'warn', failed: 'FAIL', unknown: '?', running: '...' };
const WIDTH = 14;

function lines({ id, state, sentence, detail, fix }: Check): string[] {
  const indent = ' '.repeat(6 + WIDTH);
  const more = state === 'ok' || !detail || detail === sentence ? [] : detail.split('\n');
  const mend = state !== 'ok' && fix ? [`fix: ${fix.command}`] : [];
  return [
    `${words[state].padEnd(6)}${id.padEnd(WIDTH)}${sentence}`,
    ...[...more, ...mend].map((line) => indent + line),
  ];
}

async function doctor(asked: readonly string[]): Promise<number> {
  const odd = asked.find((word) => word !== '--json');
  if (odd) {
    console.error(`headroom: ${odd} is not known: npm run headroom -- doctor [--json].`);
    return 2;
  }
  // out/main/doctor.js: python/ lies beside out/.
  const resources = process.env.HEADROOM_RESOURCES ?? resolve(__dirname, '..', '..');
  const checks = await examineAll({ env: process.env, platform: process.platform, home: homedir(), resources });
  const failed = checks.some(({ state }) => state === 'failed');
  if (asked.length > 0) console.log(JSON.stringify({ ok: !failed, checks }, null, 2));
  else console.log(checks.flatMap(lines).join('\n'));
  return failed ? 1 : 0;
}

/** For scripts/headroom.mjs and the installed app: tells the exit code, never throws. */
export const runDoctor = (words: readonly string[]): Promise<number> =>
  doctor(words).catch((error: unknown) => {
    console.error(`headroom: ${PanelError.from(error).message}`);
    return 1;
  });
