/** One assignment of a variable, in a shell's own words; or the place of something else. `line` counts from 1. */
export type Assignment =
  | { line: number; name: string; value: string }
  | { line: number; text: string; problem: Problem };
/** `expansion`: the shell would put another text in its place, which only the shell knows. */
type Problem = 'syntax' | 'expansion' | 'quote';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const COMMENT = /^(#|rem\b|::)/i;

/**
 * Reads lines that set variables: `export A=b C=d`, `A=b`, `declare -x A="b"`, `set A=b` and `set "A=b"` (cmd), and
 * `$env:A = "b"` (PowerShell), with comments, quotes and lines that go on after a backslash.
 */
export function readAssignments(text: string): Assignment[] {
  const found: Assignment[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i += 1) {
    const line = i + 1;
    let statement = (lines[i] ?? '').trim();
    while (/(^|[^\\])(\\\\)*\\$/.test(statement) && i + 1 < lines.length) {
      i += 1;
      statement = `${statement.slice(0, -1)}${lines[i] ?? ''}`.trim();
    }
    if (statement !== '' && !COMMENT.test(statement)) found.push(...readLine(line, statement));
  }
  return found;
}

function readLine(line: number, text: string): Assignment[] {
  const power = /^\$env:([A-Za-z0-9_]+)\s*=\s*(.*?);?$/i.exec(text);
  if (power) return [readPowerShell(line, text, power[1] ?? '', power[2] ?? '')];
  const cmd = /^@?set\s+(.*)$/i.exec(text);
  if (cmd) return [readCmd(line, text, cmd[1] ?? '')];
  return readPosix(line, text.replace(/^(export|declare\s+-x|typeset\s+-x)\s+/, ''), text);
}

function readPowerShell(line: number, text: string, name: string, given: string): Assignment {
  const quoted = /^'((?:[^']|'')*)'$/.exec(given)?.[1];
  if (quoted !== undefined) return { line, name, value: quoted.replaceAll("''", "'") };
  const double = /^"((?:[^"`]|""|`.)*)"$/.exec(given)?.[1];
  const plain = /^[^\s'"`]+$/.test(given) ? given : undefined;
  const value = double ?? plain;
  if (value === undefined) return { line, text, problem: given === '' ? 'syntax' : 'quote' };
  // A bare word is a command there, a number or a text in quotes a value; either way its text is meant.
  if (/(^|[^`])\$/.test(value) && !/^\$(true|false)$/i.test(value)) return { line, text, problem: 'expansion' };
  return {
    line,
    name,
    value: value
      .replaceAll('""', '"')
      .replace(/`(.)/g, '$1')
      .replace(/^\$(?=true$|false$)/i, ''),
  };
}

function readCmd(line: number, text: string, given: string): Assignment {
  // cmd keeps all up to the last quote, and spaces belong to the value.
  const inner = /^"(.*)"[^"]*$/.exec(given)?.[1] ?? given;
  const at = inner.indexOf('=');
  const name = inner.slice(0, at).trim();
  const value = inner.slice(at + 1);
  if (at < 1 || !NAME.test(name)) return { line, text, problem: 'syntax' };
  return /%[^%]+%|![^!]+!/.test(value) ? { line, text, problem: 'expansion' } : { line, name, value };
}

/** One or more assignments, separated by spaces, `;` or `&&`. */
function readPosix(line: number, text: string, whole: string): Assignment[] {
  const found: Assignment[] = [];
  let rest = text;
  while (rest !== '') {
    const start = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(rest);
    if (!start) return [...found, { line, text: whole, problem: 'syntax' }];
    const word = readWord(rest.slice(start[0].length));
    if ('problem' in word) return [...found, { line, text: whole, problem: word.problem }];
    found.push({ line, name: start[1] ?? '', value: word.value });
    rest = word.rest.replace(/^\s*(;|&&)?\s*(export\s+)?/, '');
    if (/^#/.test(rest) && /^\s/.test(word.rest)) break;
  }
  return found.length > 0 ? found : [{ line, text: whole, problem: 'syntax' }];
}

type Word = { value: string; rest: string } | { problem: Problem };

/** One word of a POSIX shell: quoted parts and plain ones side by side. */
function readWord(text: string): Word {
  let value = '';
  let at = 0;
  while (at < text.length && !/[\s;&]/.test(text.charAt(at))) {
    const part = readPart(text.slice(at));
    if ('problem' in part) return part;
    value += part.value;
    at += part.length;
  }
  return { value, rest: text.slice(at) };
}

function readPart(text: string): { value: string; length: number } | { problem: Problem } {
  if (/^[$`]/.test(text)) return { problem: 'expansion' };
  if (/^[|<>()]/.test(text)) return { problem: 'syntax' };
  if (text.startsWith('\\')) return { value: text.charAt(1), length: 2 };
  if (text.startsWith("'")) {
    const end = text.indexOf("'", 1);
    return end < 0 ? { problem: 'quote' } : { value: text.slice(1, end), length: end + 1 };
  }
  if (!text.startsWith('"')) return { value: text.charAt(0), length: 1 };
  const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(text);
  if (!quoted) return { problem: 'quote' };
  const inner = quoted[1] ?? '';
  if (/(^|[^\\])(\\\\)*[$`]/.test(inner)) return { problem: 'expansion' };
  return { value: inner.replace(/\\([$`"\\])/g, '$1'), length: quoted[0].length };
}
