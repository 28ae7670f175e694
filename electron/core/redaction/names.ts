/** Words that mark a name as a secret's, anywhere in it. */
const SECRET =
  /^(?:\w*(?:secret|passw(?:or)?d|passphrase|apikey)s?|pwd|credentials?|authorization|accesskey|privatekey)$/;
/** What a key must be of to be a secret: `sort_key` and `key_value_heads` are none. */
const KEY_OF =
  /^(?:access|account|admin|api|auth|client|deploy|encryption|license|master|private|service|session|sign|signing|ssh)$/;
/** Tokens of a tokenizer, and counts of them. */
const VOCABULARY =
  /^(?:pad|padding|eos|bos|unk|sep|cls|mask|image|audio|video|special|start|stop|end|eot|think|max|min|num|new|next|first|last|prev|per|each|by|prompt|generated|decoder|forced|total|input|output|sampled|draft|unused|added|lang|language)$/;
/** What a secret has, and what a key may be of without being one. */
const ABOUT =
  /^(?:size|count|len|length|bytes|path|file|dir|folder|type|name|ttl|timeout|expiry|version|enabled|required)$/;
const PLAIN_KEY = /^(?:cache|sort|primary|foreign|partition|group|index|row|public)$/;

const wordsOf = (name: string) =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(Boolean);

/** Whether a variable, a field or an option of this name holds a secret: HF_TOKEN does, `pad_token` and `max_tokens` do not. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  const isVariable = !/[a-z]/.test(name) && words.length > 1;
  if (ABOUT.test(last)) return false;
  if (words.some((word) => SECRET.test(word))) return true;
  if (/token$/.test(last)) return !words.some((word) => VOCABULARY.test(word));
  if (last === 'key' && PLAIN_KEY.test(before)) return false;
  if (last === 'key') return isVariable || KEY_OF.test(before);
  if (last === 'id') return before === 'key' && words.length > 2;
  return isVariable ? /^(?:pass|auth|pat|dsn)$/.test(last) : /^pg(?:pass)$/.test(last);
}

/** Only a password may be this short or this plain: `token: 42` and `eos_token: </s>` are no secrets. */
const PLAIN =
  /^(?:[+-]?[\d.,]+(?:[a-zµ]{1,3}|%)?|true|false|none|null|undefined|nil|yes|no|set|unset|missing|invalid|required|enabled|disabled|not|<.*|[$%{].*|\*+)$/i;
const SHORTEST = 8;

/** Whether `value` may be the secret that its name announces; an option of a command line always is. */
export function isSecretValue(name: string, value: string, isOption: boolean): boolean {
  if (value === '' || value.startsWith('[removed') || /^\*+$|^(?:none|null|undefined|true|false)$/i.test(value))
    return false;
  // The working directory of a shell.
  if (name === 'PWD' && /^(?:\/|[A-Z]:\\)/.test(value)) return false;
  if (isOption || /passw|passphrase|pwd|secret/i.test(name)) return true;
  // In prose, as of a parser or a model: `unexpected token: identifier`.
  if (name === 'token' && /^[a-z]*$/i.test(value)) return false;
  return !PLAIN.test(value) && (value.length >= SHORTEST || !/^[a-z]*$/.test(name));
}
