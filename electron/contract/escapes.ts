/**
 * The backend's output is untrusted. An allow-list of the escape sequences that a view executes: everything else (clipboard,
 * titles, queries that make a terminal answer, images) is removed. Scrolling and repetition are removed too, because a
 * large count keeps a terminal busy for minutes, and so is erasing the scrollback, which belongs to the person.
 */
const ALLOWED: Record<'plain' | 'csi', RegExp> = {
  /** ESC 7 and ESC 8: save and restore the cursor. */
  plain: /^[78]$/,
  /** Colours, cursor movement (numbers of at most four digits), erasing on the screen. */
  csi: /^(?:(?:\d{0,4}[;:]){0,15}\d{0,4}[A-HXdfmsu]|[0-2]?[JK])$/,
};
/** OSC 8: the only string that is allowed, and only with a web address; an empty one ends the link. */
const LINK = /^8;[^;]*;(https?:\/\/[\x21-\x7e]+)?$/i;
const LONGEST_CSI = 80;
const LONGEST_LINK = 2_100;

const ESC = '\x1b';
const ST = '\x9c';
const LINE_CONTROLS = new Set('\b\t\n\r');
/** Bell, cancel and substitute end any open sequence. */
const ENDING = new Set('\x07\x18\x1a');

type Mode = 'text' | 'escape' | 'designation' | 'csi' | 'osc' | 'string';

/** The byte after ESC, and the equivalent 8-bit characters. */
const OPENERS: Record<string, Mode> = {
  '[': 'csi',
  ']': 'osc',
  P: 'string',
  X: 'string',
  '^': 'string',
  _: 'string',
  '\x9b': 'csi',
  '\x9d': 'osc',
  '\x90': 'string',
  '\x98': 'string',
  '\x9e': 'string',
  '\x9f': 'string',
};

/**
 * Takes output in chunks that may be cut anywhere, and returns what a view may show. A sequence is returned whole, in its
 * 7-bit form, or not at all. An unfinished one ends with its line, so that it cannot hide the rest of the log.
 */
export function createEscapeFilter(): (text: string) => string {
  let mode: Mode = 'text';
  let held = '';
  let out = '';

  const enter = (next: Mode) => {
    mode = next;
    held = '';
  };
  /** Ends a string: an allowed link is passed on; any other link ends the previous one. */
  const finish = (next: Mode) => {
    if (mode === 'osc' && held.startsWith('8;')) {
      // A truncated address would be a different address.
      const address = held.length <= LONGEST_LINK ? LINK.exec(held)?.[1] : undefined;
      out += `${ESC}]8;;${address ?? ''}${ESC}\\`;
    }
    enter(next);
  };
  const hold = (char: string, longest: number) => {
    if (held.length <= longest) held += char;
  };

  const steps: Record<Mode, (char: string) => void> = {
    text: (char) => {
      out += char;
    },
    escape(char) {
      if (ALLOWED.plain.test(char)) out += ESC + char;
      enter(OPENERS[char] ?? (isBetween(char, ' ', '/') ? 'designation' : 'text'));
    },
    designation(char) {
      if (!isBetween(char, ' ', '/')) enter('text');
    },
    csi(char) {
      if (isBetween(char, ' ', '?')) return hold(char, LONGEST_CSI);
      if (held.length <= LONGEST_CSI && ALLOWED.csi.test(held + char)) out += `${ESC}[${held}${char}`;
      enter('text');
    },
    osc: (char) => hold(char, LONGEST_LINK),
    string: () => undefined,
  };

  const control = (char: string) => {
    if (char === ESC) finish('escape');
    else if (LINE_CONTROLS.has(char)) {
      enter('text');
      out += char;
    } else if (ENDING.has(char) || char === ST) finish('text');
    else if (isBetween(char, '\x80', '\x9f')) finish(OPENERS[char] ?? 'text');
  };

  return (text) => {
    out = '';
    let at = 0;
    while (at < text.length) {
      if (mode === 'text' || mode === 'string') {
        const end = next(mode === 'text' ? NOTEWORTHY : CONTROL, text, at);
        if (mode === 'text') out += text.slice(at, end);
        at = end;
      }
      const char = text[at];
      if (char === undefined) break;
      if (isControl(char)) control(char);
      else {
        // Only strings hold more than ASCII: any other character ends a sequence.
        if (char > '~' && mode !== 'osc' && mode !== 'string') enter('text');
        steps[mode](char);
      }
      at += 1;
    }
    return out;
  };
}

/** Plain output is nearly all of it: one pattern skips it, and colours, the most common sequence, with it. */
const NOTEWORTHY =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[(?:\d{0,3};){0,4}\d{0,3}m)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;

function next(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

const isBetween = (char: string, low: string, high: string) => char >= low && char <= high;
const isControl = (char: string) => char < ' ' || isBetween(char, '\x7f', '\x9f');
