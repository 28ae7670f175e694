/** A vitest reporter: at the end, a line for each test that failed, and for each that passed only when it ran again. */
export default class FailuresReporter {
  lines = [];

  onTestCaseResult(test) {
    const name = `${test.module.relativeModuleId} > ${test.fullName}`;
    const { state, errors } = test.result();
    const reason = errors?.[0]?.message?.split('\n')[0] ?? '';
    if (state === 'failed') this.lines.push(`FAILED ${name}: ${reason}`);
    else if (test.diagnostic()?.flaky) this.lines.push(`RERUN ${name}: ${reason}`);
  }

  onTestModuleEnd(module) {
    for (const error of module.errors()) this.lines.push(`FAILED ${module.relativeModuleId}: ${error.message}`);
  }

  onTestRunEnd() {
    for (const line of this.lines) console.log(line);
  }
}
