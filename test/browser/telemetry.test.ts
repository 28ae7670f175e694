import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lightBackend } from '../faults/faults.ts';
import { lookAround, openPanel, openRoom, ready, violations, WAIT } from '../fixtures/browser.ts';

/** Runs the checks of one scenario with a panel and a page of its own. */
function scenario(name: string, check: (locators: ReturnType<typeof locatorsOf>) => void) {
  describe(`the scenario ${name}`, () => {
    let page: Page;
    let close: (() => Promise<void>) | undefined;
    const problems: string[] = [];

    beforeAll(async () => {
      const opened = await openPanel(problems, async (home) => ({
        ...(await lightBackend(home)),
        HEADROOM_SCENARIO: name,
      }));
      ({ page, close } = opened);
      await page.goto(opened.url);
      await ready(page);
    });
    afterAll(() => close?.());

    check(locatorsOf(() => page));

    it('has no console errors and no axe violations, in both themes', async () => {
      // The start steps push the cards down the page while the worker starts.
      await page.getByRole('region', { name: 'Starting' }).waitFor({ ...WAIT, state: 'detached' });
      expect(await lookAround(page, `telemetry-${name}`)).toEqual([]);
      expect(problems).toEqual([]);
    });
  });
}

const locatorsOf = (page: () => Page) => ({
  page,
  gpu: (index: number) => page().getByRole('region', { name: `GPU ${index}`, exact: true }),
  row: (index: number) => page().getByRole('row', { name: new RegExp(`^GPU ${index}\\b`) }),
  region: (name: string) => page().getByRole('region', { name, exact: true }),
});

scenario('steady', ({ page, gpu, region }) => {
  it('shows each GPU’s vital signs with their names', async () => {
    await gpu(0)
      .getByText(/headroom of/)
      .waitFor(WAIT);
    const vitals = gpu(0).getByRole('listitem');
    await expect
      .poll(() => vitals.allInnerTexts(), WAIT)
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^GPU utilization.*\d+ %$/s),
          expect.stringMatching(/^temperature\s+\d+ °C$/),
          expect.stringMatching(/\d+ \/ 75 W$/),
          expect.stringMatching(/P\d+$/),
        ]),
      );
  });

  it('shows the telemetry source and its polling interval', async () => {
    await page()
      .getByRole('button', { name: /^every 0\.\d\d s$/ })
      .click(WAIT);
    const facts = page().getByRole('dialog').filter({ hasText: 'Telemetry source' });
    await facts.getByText('emulator', { exact: true }).waitFor(WAIT);
    await facts.getByText(/^\d\.\d s ago$/).waitFor(WAIT);
    expect(await violations(page())).toEqual([]);
    await page().keyboard.press('Escape');
  });

  it('shows system RAM', async () => {
    await region('System')
      .getByText(/RAM \d+\.\d GiB/)
      .waitFor(WAIT);
  });
});

scenario('hot', ({ page, gpu, region }) => {
  const alerts = () => region('Active alerts');

  it('shows the throttle reasons', async () => {
    await gpu(0).getByText('hardware thermal slowdown').waitFor(WAIT);
    await gpu(0).getByText('power cap').waitFor(WAIT);
  });

  it('alerts when another process takes memory, until that is dismissed', async () => {
    const taken = alerts().getByText(/^GPU 0: python \(pid \d+\) uses 19\.\d GiB\.$/);
    await taken.waitFor(WAIT);
    await alerts()
      .getByRole('button', { name: /^Dismiss: GPU 0: python/ })
      .click();
    await taken.waitFor({ ...WAIT, state: 'detached' });
  });

  it('rejects a threshold out of range, and names the range', async () => {
    await openRoom(page(), 'Settings');
    await page().getByRole('link', { name: 'Alerts', exact: true }).click(WAIT);
    const over = page().getByRole('textbox', { name: 'High temperature: above' });
    await over.fill('500');
    await over.press('Enter');
    await page().getByText('A whole number from 30 to 120').waitFor(WAIT);
    await over.fill('86');
    await over.press('Enter');
    expect(await violations(page())).toEqual([]);
  });

  it('raises an alert at once if its minutes are 0', async () => {
    const minutes = page().getByRole('textbox', { name: 'High temperature: for' });
    await minutes.fill('0');
    await minutes.press('Enter');
    // In a toast and above the room.
    await page()
      .getByRole('alert')
      .getByText(/above 86 °C/)
      .waitFor(WAIT);
    await alerts()
      .getByText(/^GPU 0: \d+ °C, above 86 °C for 0 min\.$/)
      .waitFor(WAIT);
  });

  it('keeps the thresholds', async () => {
    await page().reload();
    await page().getByRole('textbox', { name: 'High temperature: above' }).waitFor(WAIT);
    expect(await page().getByRole('textbox', { name: 'High temperature: above' }).inputValue()).toBe('86');
    await openRoom(page(), 'Overview');
  });
});

scenario('fails-for-one', ({ page, gpu }) => {
  it('says that the GPU is lost and what to do, without old values, and goes on with the other', async () => {
    await gpu(0).getByText('GPU lost').waitFor(WAIT);
    await gpu(1).getByText(/\d+ %/).first().waitFor(WAIT);
    await gpu(0).getByText('Unable to determine the device handle for GPU0000:01:00.0: Unknown Error').waitFor(WAIT);
    await gpu(0)
      .getByText(/^Restart the machine/)
      .waitFor(WAIT);
    expect(await gpu(0).innerText()).not.toMatch(/headroom|\d %|°C/);
    await page()
      .getByText(/^GPU 0 is lost: the driver cannot reach it\.$/)
      .first()
      .waitFor(WAIT);
  });
});

scenario('mig', ({ gpu }) => {
  it('shows each instance with its memory and processes, and why there is no utilization', async () => {
    await gpu(0).getByText('MIG: 3 instances.').waitFor(WAIT);
    const instance = gpu(0).getByRole('listitem').filter({ hasText: '3g.40gb' });
    await instance.getByText('python (5020001)').waitFor(WAIT);
    expect(await instance.innerText()).toMatch(/\d+\.\d GiB\s+\/ 39\.5 GiB/);
    await gpu(0).getByText('unavailable in MIG mode', { exact: true }).waitFor(WAIT);
  });
});

scenario('windows', ({ page, region }) => {
  it('groups graphics programs, and says why a process has no memory', async () => {
    const graphics = region('Processes').getByRole('button', { name: '6 graphics programs' });
    await graphics.waitFor(WAIT);
    expect(await region('Processes').getByText('dwm.exe').count()).toBe(0);
    await graphics.click();
    await region('Processes').getByText('dwm.exe').waitFor(WAIT);
    await region('Processes')
      .getByText(/Windows and WSL do not report it/)
      .waitFor(WAIT);
    await page().keyboard.press('Escape');
  });
});

scenario('eight-gpus', ({ page, gpu, row }) => {
  it('shows one row each, opened by a click, with that GPU alone in the charts', async () => {
    await row(7).waitFor(WAIT);
    expect(
      await row(6)
        .getByRole('img', { name: /ECC errors?/ })
        .count(),
    ).toBe(1);
    await row(0).getByRole('button', { name: 'GPU 0' }).click();
    await gpu(0)
      .getByText(/headroom of/)
      .waitFor(WAIT);
    await page().getByRole('region', { name: 'Memory GPU 0' }).waitFor(WAIT);
    expect(
      await page()
        .getByRole('region', { name: /^Memory GPU/ })
        .count(),
    ).toBe(1);
    await row(0).getByRole('button', { name: 'GPU 0' }).click();
    await page().getByRole('region', { name: 'Memory GPU 7' }).waitFor(WAIT);
    expect(await gpu(0).count()).toBe(0);
  });
});

scenario('no-driver', ({ page, region }) => {
  it('says why there is no telemetry and what to do, and the backend runs', async () => {
    const card = region('nvidia-smi does not work');
    await card.getByText('The driver is not loaded.').waitFor(WAIT);
    await card.getByText(/modprobe nvidia/).waitFor(WAIT);
    await card.getByText('exit code 9').waitFor(WAIT);
    expect(await page().getByRole('region', { name: /^GPU/ }).count()).toBe(0);
  });
});

scenario('driver-mismatch', ({ gpu, region }) => {
  it('says that the driver was updated, and resumes when nvidia-smi responds again', async () => {
    await region('nvidia-smi does not work').getByText('Restart the machine.').waitFor(WAIT);
    await gpu(0)
      .getByText(/headroom of/)
      .waitFor({ timeout: 90_000 });
  });
});
