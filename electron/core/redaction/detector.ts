/** The rules of secretlint, as far as they are used: each reports the ranges of what it finds in a text. */
interface Rule {
  meta: { id: string };
  create(context: RuleContext, options: object): { file?(source: Source): unknown };
}
interface RuleContext {
  createTranslator(): () => object;
  report(found: { range: readonly [number, number] }): void;
  ignore(): void;
}
interface Source {
  content: string;
  filePath: string | undefined;
  ext: string;
  contentType: 'text';
}

/** Ranges of text that look like secrets, unsorted. */
export type Detector = (text: string) => [number, number][];

/** Comments in the text must not switch rules off; a key file is never read. */
const UNUSED = /rule-(?:filter-comments|gcp)$/;

/** Loads the rules on the first call: nothing needs them before something is saved. */
export async function loadDetector(): Promise<Detector> {
  const { rules } = (await import('@secretlint/secretlint-rule-preset-recommend')) as unknown as { rules: Rule[] };
  const detect = createDetector(rules.filter(({ meta }) => !UNUSED.test(meta.id)));
  return (text) => [...detect(text), ...wellKnown(text)];
}

function createDetector(rules: readonly Rule[]): Detector {
  let content = '';
  let ranges: [number, number][] = [];
  const context: RuleContext = {
    createTranslator: () => () => ({}),
    report: ({ range: [from, to] }) => {
      const found = content.slice(from, to);
      // A rule about an address reports all of it: wellKnown() removes only its password.
      if (found.includes('://')) return;
      const name = /^[\w.-]+["']?\s*[=:]\s*["']?/.exec(found)?.[0] ?? '';
      ranges.push([from + name.length, to]);
    },
    ignore: () => undefined,
  };
  const scanners = rules.map((rule) => rule.create(context, {}));
  return (text) => {
    content = text;
    ranges = [];
    for (const scanner of scanners) scanner.file?.({ content, filePath: undefined, ext: '.log', contentType: 'text' });
    return ranges;
  };
}

/** What secretlint leaves out: keys of another length, short passwords, headers, keys that are cut off. Group 1 is the secret. */
const patterns: readonly RegExp[] = [
  /\b(sk-(?:proj|svcacct|admin|ant|or|lf|live|test)-[\w-]{8,}|[srp]k_(?:live|test)_\w{8,}|sk-[A-Za-z\d]{20,})/dg,
  /\b(gh[opsur]_\w{8,}|github_pat_\w{8,}|hf_\w{8,}|glpat-[\w-]{8,}|xox[a-z]-[\w-]{8,}|npm_\w{20,}|gsk_\w{20,}|nvapi-[\w-]{16,}|pypi-[\w-]{16,}|r8_\w{20,})/dg,
  /\b((?:AKIA|ASIA)[A-Z\d]{16}|AIza[\w-]{30,}|ya29\.[\w-]{10,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)/dg,
  // The password of an address; a port with a path that holds an @ is none.
  /\b[a-z][a-z\d+.-]{1,30}:\/\/[^\s:@/"']{0,100}:(?!\d{1,5}[/?#])([^\s"'<>@]{1,200}(?:@[^\s"'<>@/?#]{1,100}(?=@))*)@/dgi,
  /\bhttps?:\/\/([\w-]{20,})@/dgi,
  /\b(?:Bearer|Basic)\s+(?=[^\s"',;]*[\d=])([^\s"'\\,;]{8,})/dgi,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:\\+[rn]|\s)*((?:[\w+/=]{16,}(?:\\+[rn]|\s)*)*[\w+/=]*)/dg,
];

export function wellKnown(text: string): [number, number][] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const range = match.indices?.[1];
      return range && range[1] > range[0] ? [range] : [];
    }),
  );
}
