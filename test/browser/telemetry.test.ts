import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAround, openPanel, ready, violations, WAIT } from '../fixtures/browser.ts';

/** What can be seen of each scenario; a panel and a page of its own for each. */
function scenario(name: string, check: (seen: ReturnType<typeof eyes>) => void) {
  describe(`the scenario ${name}`, () => {
    let page: Page;
    let close: (() => Promise<void>) | undefined;
    const problems: string[] = [];

    beforeAll(async () => {
      const opened = await openPanel(problems, async () => ({ HEADROOM_SCENARIO: name }));
      ({ page, close } = opened);
      await page.goto(opened.url);
      await ready(page);
    });
    afterAll(() => close?.());

    check(eyes(() => page));

    it('leaves no error on the console and nothing that axe finds, in both themes', async () => {
      // Its steps push the cards down the page while the worker starts.
      await page.getByRole('region', { name: 'Starting' }).waitFor({ ...WAIT, state: 'detached' });
      expect(await lookAround(page, `telemetry-${name}`)).toEqual([]);
      expect(problems).toEqual([]);
    });
  });
}

const eyes = (page: () => Page) => ({
  page,
  gpu: (index: number) => page().getByRole('region', { name: `GPU ${index}`, exact: true }),
  region: (name: string) => page().getByRole('region', { name, exact: true }),
});

scenario('steady', ({ page, gpu, region }) => {
  it('tells of each GPU how it is, and what each figure means', async () => {
    await gpu(0)
      .getByText(/headroom of/)
      .waitFor(WAIT);
    const vitals = gpu(0).getByRole('listitem');
    await expect
      .poll(() => vitals.allInnerTexts(), WAIT)
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^utilisation.*\d+ %$/s),
          expect.stringMatching(/^temperature\s+\d+ °C$/),
          expect.stringMatching(/\d+ \/ 75 W$/),
          expect.stringMatching(/P\d+$/),
        ]),
      );
  });

  it('tells how well the figures come', async () => {
    await page()
      .getByRole('button', { name: /^every 0\.\d\d s$/ })
      .click(WAIT);
    const facts = page().getByRole('dialog').filter({ hasText: 'How the figures come' });
    await facts.getByText('the emulator').waitFor(WAIT);
    await facts.getByText(/^\d\.\d s ago$/).waitFor(WAIT);
    expect(await violations(page())).toEqual([]);
    await page().keyboard.press('Escape');
  });

  it('tells of the machine’s own memory', async () => {
    await region('Machine')
      .getByText(/RAM \d+\.\d GiB/)
      .waitFor(WAIT);
  });
});

scenario('hot', ({ page, gpu, region }) => {
  const alerts = () => region('Active alerts');

  it('says what slows the GPU', async () => {
    await gpu(0).getByText('braked by heat').waitFor(WAIT);
    await gpu(0).getByText('at its power limit').waitFor(WAIT);
  });

  it('tells who has taken memory, and is quiet once that is dismissed', async () => {
    const taken = alerts().getByText(/^GPU 0: python \(pid \d+\) uses 19\.\d GiB\.$/);
    await taken.waitFor(WAIT);
    await alerts()
      .getByRole('button', { name: /^Dismiss: GPU 0: python/ })
      .click();
    await taken.waitFor({ ...WAIT, state: 'detached' });
  });

  it('refuses a threshold that makes no sense, with the ones that do', async () => {
    await page()
      .getByRole('button', { name: /^Alerts/ })
      .click();
    const over = page().getByRole('textbox', { name: 'High temperature: above' });
    await over.fill('500');
    await over.press('Enter');
    await page().getByText('A whole number from 30 to 120').waitFor(WAIT);
    await over.fill('86');
    await over.press('Enter');
    expect(await violations(page())).toEqual([]);
  });

  it('raises an alert at once where the person asked for no patience', async () => {
    const minutes = page().getByRole('textbox', { name: 'High temperature: for' });
    await minutes.fill('0');
    await minutes.press('Enter');
    // In the list of the dialog, in a toast and above the cards.
    await region('All alerts')
      .getByText(/^GPU 0: \d+ °C, above 86 °C for 0 min\.$/)
      .waitFor(WAIT);
    await page()
      .getByRole('alert')
      .getByText(/above 86 °C/)
      .waitFor(WAIT);
    await page().keyboard.press('Escape');
    await alerts()
      .getByText(/above 86 °C/)
      .waitFor(WAIT);
    expect(
      await page()
        .getByRole('button', { name: /^Alerts: \d active/ })
        .count(),
    ).toBe(1);
  });

  it('keeps what was chosen', async () => {
    await page().reload();
    await page()
      .getByRole('button', { name: /^Alerts/ })
      .click(WAIT);
    expect(await page().getByRole('textbox', { name: 'High temperature: above' }).inputValue()).toBe('86');
    await page().getByRole('textbox', { name: 'High temperature: above' }).press('Escape');
  });
});

scenario('lost', ({ page, gpu }) => {
  it('says that the GPU is lost and what to do, and shows no figure of it', async () => {
    await gpu(0).getByText('This GPU is lost').waitFor(WAIT);
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
  it('shows each instance with its memory and who is on it, and why there is no utilisation', async () => {
    await gpu(0).getByText('MIG: 3 instances.').waitFor(WAIT);
    const instance = gpu(0).getByRole('listitem').filter({ hasText: '3g.40gb' });
    await instance.getByText('python (5020001)').waitFor(WAIT);
    expect(await instance.innerText()).toMatch(/\d+\.\d GiB\s+\/ 39\.5 GiB/);
    await gpu(0).getByText('not told while MIG is on', { exact: true }).waitFor(WAIT);
  });
});

scenario('windows', ({ page, region }) => {
  it('gathers what draws, and says why there is no memory of a process', async () => {
    const drawing = region('Processes').getByRole('button', { name: '6 programs that draw' });
    await drawing.waitFor(WAIT);
    expect(await region('Processes').getByText('dwm.exe').count()).toBe(0);
    await drawing.click();
    await region('Processes').getByText('dwm.exe').waitFor(WAIT);
    await region('Processes')
      .getByText(/Windows and WSL keep it to themselves/)
      .waitFor(WAIT);
    await page().keyboard.press('Escape');
  });
});

scenario('eight-gpus', ({ page, gpu }) => {
  it('shows one line for each, opened by a click', async () => {
    await gpu(7).waitFor(WAIT);
    expect(
      await gpu(6)
        .getByRole('img', { name: /memory errors?/ })
        .count(),
    ).toBe(1);
    await gpu(0).getByRole('button', { name: 'GPU 0' }).click();
    await gpu(0)
      .getByText(/headroom of/)
      .waitFor(WAIT);
    await gpu(0).getByRole('button', { name: 'GPU 0' }).click();
    expect(
      await page()
        .getByRole('region', { name: /^GPU \d$/ })
        .count(),
    ).toBe(8);
  });
});

scenario('no-driver', ({ page, region }) => {
  it('says why there are no figures and the way out, and the backend runs all the same', async () => {
    const card = region('nvidia-smi does not work here');
    await card.getByText('The driver is not loaded.').waitFor(WAIT);
    await card.getByText(/modprobe nvidia/).waitFor(WAIT);
    await card.getByText('exit code 9').waitFor(WAIT);
    expect(await page().getByRole('region', { name: /^GPU/ }).count()).toBe(0);
  });
});

scenario('driver-mismatch', ({ gpu, region }) => {
  it('says that the driver was updated, and comes back by itself when it answers again', async () => {
    await region('nvidia-smi does not work here').getByText('Restart the machine.').waitFor(WAIT);
    await gpu(0)
      .getByText(/headroom of/)
      .waitFor({ timeout: 90_000 });
  });
});
