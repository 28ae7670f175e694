import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { type Check, type CheckState, PanelError } from '#contract';
import { examineAll } from '../core/checks/index.ts';
import { createRedactor, loadDetector, secretsIn } from '../core/redaction/index.ts';

/** `npm run headroom -- doctor [--json]`. Exit code 0: no check failed; 1: a check failed; 2: unknown argument. */

const labels: Record<CheckState, string> = { ok: 'ok', warning: 'warn', failed: 'FAIL', unknown: '?', running: '...' };
const WIDTH = 14;

function lines({ id, state, sentence, detail, fix }: Check): string[] {
  const indent = ' '.repeat(6 + WIDTH);
  const text = sentence?.text ?? '';
  const details = detail.flatMap((line) => line.text.split('\n'));
  const more = state === 'ok' || details.join('\n') === text ? [] : details;
  const remedy = state !== 'ok' && fix ? [`fix: ${fix.command}`] : [];
  return [`${labels[state].padEnd(6)}${id.padEnd(WIDTH)}${text}`, ...[...more, ...remedy].map((line) => indent + line)];
}

/** For scripts: English texts in place of sentences. */
const plain = ({ id, state, sentence, detail, fix }: Check) => ({
  id,
  state,
  sentence: sentence?.text ?? '',
  detail: detail.length === 0 ? null : detail.map(({ text }) => text).join('\n'),
  fix: fix && { ...fix, label: fix.label.text },
});

async function doctor(args: readonly string[]): Promise<number> {
  const unknown = args.find((word) => word !== '--json');
  if (unknown) {
    console.error(`headroom: unknown argument ${unknown}. Usage: npm run headroom -- doctor [--json]`);
    return 2;
  }
  // out/main/doctor.js: python/ is next to out/.
  const resources = process.env.HEADROOM_RESOURCES ?? resolve(__dirname, '..', '..');
  const checks = await examineAll({ env: process.env, platform: process.platform, home: homedir(), resources });
  const failed = checks.some(({ state }) => state === 'failed');
  const inherited = secretsIn(process.env);
  const redactor = createRedactor({ detect: await loadDetector(), known: () => inherited });
  // People paste it into problem reports.
  if (args.length > 0) console.log(JSON.stringify(redactor.value({ ok: !failed, checks: checks.map(plain) }), null, 2));
  else console.log(redactor.text(checks.flatMap(lines).join('\n')));
  return failed ? 1 : 0;
}

/** For scripts/headroom.mjs and the installed app: resolves with the exit code, never rejects. */
export const runDoctor = (args: readonly string[]): Promise<number> =>
  doctor(args).catch((error: unknown) => {
    console.error(`headroom: ${PanelError.from(error).message}`);
    return 1;
  });
