import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRedactor, type Detector, loadDetector, personOf, redactionHandlers, secretsIn } from './index.ts';
import { isSecretName } from './names.ts';

let detect: Detector;
beforeAll(async () => {
  detect = await loadDetector();
});
const clean = (text: string, known: string[] = []) => createRedactor({ detect, known: () => known }).text(text);

const escapeEach = (text: string, form: (code: number) => string) =>
  Array.from({ length: text.length }, (_, at) => form(text.charCodeAt(at))).join('');
const percentEach = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** How a secret may be written. Base64 is of the secret inside of other bytes. */
const encodings: Record<string, (secret: string, before: string, after: string) => string> = {
  plain: (secret) => secret,
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  'json in json': (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  'json with ASCII only': (secret) => escapeEach(secret, (code) => `\\u${code.toString(16).padStart(4, '0')}`),
  'json with ASCII only, in json': (secret) =>
    escapeEach(secret, (code) => `\\\\u${code.toString(16).padStart(4, '0')}`),
  url: (secret) => encodeURIComponent(secret),
  'whole url': (secret) => encodeURI(secret),
  form: (secret) => new URLSearchParams({ a: secret }).toString().slice(2),
  'url, every byte': percentEach,
  'url, twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  base64: (secret, before, after) => Buffer.from(before + secret + after).toString('base64'),
  base64url: (secret, before, after) => Buffer.from(before + secret + after).toString('base64url'),
  'base64 in lines': (secret, before, after) =>
    Buffer.from(`${'x'.repeat(50)}${before}${secret}${after}`)
      .toString('base64')
      .replaceAll(/.{76}/g, '$&\n'),
  'base64 in a url': (secret, before, after) =>
    encodeURIComponent(Buffer.from(before + secret + after).toString('base64')),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  'hex dump': (secret) => (Buffer.from(secret).toString('hex').match(/../g) ?? []).join(' ').toUpperCase(),
  python: (secret) => [...Buffer.from(secret)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  html: (secret) =>
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
};

const secretValue = fc.oneof(
  fc.string({ minLength: 8, maxLength: 60 }),
  fc.string({ unit: 'grapheme', minLength: 8, maxLength: 30 }),
  fc.base64String({ minLength: 8, maxLength: 60 }),
);

describe('a known secret', () => {
  it.each(Object.keys(encodings))('is removed anywhere: %s', (name) => {
    const encode = encodings[name] as (typeof encodings)[string];
    const around = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(secretValue, around, around, (secret, before, after) => {
        fc.pre(Buffer.from(secret).toString() === secret);
        const alone = encode(secret, '', '');
        const text = `${before}${encode(secret, before, after)}${after}`;
        const saved = clean(text, [secret]);
        expect(saved).toContain('[removed]');
        // Where the encoding is of the secret alone, nothing of it is left; base64 is decoded.
        if (!name.startsWith('base64'))
          expect(before.includes(alone) || after.includes(alone) || !saved.includes(alone)).toBe(true);
        else
          for (const part of saved.split('[removed]')) expect(decoded(part.replaceAll('\n', ''))).not.toContain(secret);
      }),
      { numRuns: 25 },
    );
  });
});

const decoded = (text: string) =>
  [0, 1, 2, 3].map((at) => Buffer.from(decodeURIComponentSafely(text).slice(at), 'base64').toString()).join('\n');
const decodeURIComponentSafely = (text: string) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

describe('what looks like a secret', () => {
  it.each([
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYabcdEFGHIJ', 'AWS_SECRET_ACCESS_KEY=[removed]'],
    ['OpenAI said 401 for sk-proj-abcdef0123456789abcdef.', 'OpenAI said 401 for [removed].'],
    [`git clone with ghp_${'a1B2c3D4'.repeat(5)}`.slice(0, 55), 'git clone with [removed]'],
    ['hf_abcdefghijklmnop in the log', '[removed] in the log'],
    [
      'postgres://me:pw@host/db and redis://:p%40ss/w@h:1/0',
      'postgres://me:[removed]@host/db and redis://:[removed]@h:1/0',
    ],
    ['https://ghtoken0123456789abcdef@github.com/x.git', 'https://[removed]@github.com/x.git'],
    ['{"api_key": "a b c", "n": 1}', '{"api_key": "[removed]", "n": 1}'],
    ['{\\"client_secret\\": \\"abc\\", \\"n\\": 1}', '{\\"client_secret\\": \\"[removed]\\", \\"n\\": 1}'],
    ['vllm --api-key secret-1 --port 1', 'vllm --api-key [removed] --port 1'],
    ['Authorization: Bearer abcdefg.1', 'Authorization: Bearer [removed]'],
    ['http://127.0.0.1:1/?token=0123456789abcdef&x=1', 'http://127.0.0.1:1/?token=[removed]&x=1'],
    ['DB_PASSWORD=12345', 'DB_PASSWORD=[removed]'],
    [
      `-----BEGIN RSA PRIVATE KEY-----\n${'MIIabc+/'.repeat(8)}\nDEF=\n-----END RSA PRIVATE KEY-----`,
      '-----BEGIN RSA PRIVATE KEY-----\n[removed]\n-----END RSA PRIVATE KEY-----',
    ],
    [
      '# secretlint-disable\nGITHUB: ghp_0123456789abcdef0123456789abcdef0123',
      '# secretlint-disable\nGITHUB: [removed]',
    ],
  ])('is removed: %s', (text, saved) => {
    expect(clean(text)).toBe(saved);
  });

  it('is removed in other encodings of the same text, too', () => {
    const key = 'sk-proj-abcdef0123456789';
    const basic = Buffer.from(`me:${key}`).toString('base64');
    expect(clean(`key ${key}, header ${basic}`)).not.toContain(basic.slice(8, 20));
  });
});

const normal = [
  'Loading shard 3 of 7: model.layers.31.mlp.down_proj.weight torch.Size([4096, 14336]) bfloat16',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 model-00001-of-00004.safetensors',
  'GPU-54d0709b-558d-4c69-a1b0-6a1a3a0e1f3c at 00000000:01:00.0, commit 7f5a8bc31d88f1d315ef07fa56ad9a1a7ba96881',
  'Setting `pad_token_id` to `eos_token_id`:151643 for open-end generation.',
  'eos_token: </s>, bos_token="<|begin_of_text|>", unk_token=None, max_tokens=512, tokenizer=Qwen2TokenizerFast',
  "num_key_value_heads=8 KeyError: 'model.layers.0' key: value, sort_key=name, past_key_values: DynamicCache()",
  'INFO 01-01 10:00:00 api_server.py:1234] Avg prompt throughput: 512.3 tokens/s, GPU KV cache usage: 12.3%',
  'File "/usr/lib/python3.11/site-packages/torch/nn/modules/module.py", line 1511, in _wrapped_call_impl',
  'http://127.0.0.1:8000/v1/models?x=a@b and user@host:/srv/data, git@github.com:org/repo.git',
  'token: 42, next token: Hello, the password is never logged; Basic authentication, Bearer of bad news',
  '{"req_id": "0123456789abcdef0123456789abcdef", "prompt_hash": "d41d8cd98f00b204e9800998ecf8427e"}',
  'cudaErrorMemoryAllocation: tried to allocate 20.00 MiB; LD_LIBRARY_PATH=/usr/local/cuda-12.4/lib64:/opt/x',
  'PWD=/home/me/project1 HF_TOKEN_PATH=/home/me/.cache/huggingface/token1 CACHE_KEY=llama-3-8b-q4_0 secret_size=128',
  'time to first token: 123.45ms, ms per output token: 12345.6ms, time/token: 0.0123s, sampled token: Washington',
  'SyntaxError: Unexpected token: identifier, lang_token: __zh_CN__1, draft_token=accepted1',
  'CUDA_VISIBLE_DEVICES=0,1 HF_HOME=/data/hf TOKENIZERS_PARALLELISM=false PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True',
];

describe('a normal log', () => {
  it.each(normal)('stays as it is: %s', (line) => {
    expect(clean(line, ['hunter2!', 'correct horse battery'])).toBe(line);
  });

  it('of hashes, uuids, paths and numbers stays as it is', () => {
    const word = fc.oneof(
      fc.uuid(),
      fc.stringMatching(/^[0-9a-f]{32}$|^[0-9a-f]{40}$|^[0-9a-f]{64}$/),
      fc.stringMatching(/^(\/[a-z_.]{1,12}){1,6}$/),
      fc.stringMatching(/^model\.layers\.\d{1,2}\.[a-z_]{3,12}\.(weight|bias)$/),
      fc.double().map(String),
      fc.constantFrom('tensor', 'loading', 'epoch', 'loss:', 'tokens', '=', ',', '|', '100%'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        const line = words.join(' ');
        expect(clean(line, ['Tr0ub4dor&3'])).toBe(line);
      }),
    );
  });
});

it('removes a path behind the name of a secret, and leaves it everywhere else', () => {
  const text = 'TLS_KEY=/etc/ssl/key1.pem\nreading /etc/ssl/key1.pem';
  expect(clean(text)).toBe('TLS_KEY=[removed]\nreading /etc/ssl/key1.pem');
});

it('knows the secrets among variables', () => {
  const env = {
    HF_TOKEN: 'hf_12345678',
    PATH: '/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    DB: 'postgres://me:longpw@h/d',
    N: '1',
    SSH_AUTH_SOCK: '/tmp/ssh-1',
    NVIDIA_VISIBLE_DEVICES: 'GPU-54d0709b-558d-4c69-a1b0-6a1a3a0e1f3c',
    MODEL: 'Llama-3-8B-Instruct-v0_1',
  };
  expect(secretsIn({ ...env, X: 'dGhpcyBpcyBhIHNlY3JldA0' })).toEqual([
    'hf_12345678',
    'longpw',
    'dGhpcyBpcyBhIHNlY3JldA0',
  ]);
  expect(['accessToken', 'X-Api-Key', 'OPENAI_KEY', 'PGPASSWORD'].every(isSecretName)).toBe(true);
  expect(['keyboard', 'max_new_tokens', 'monkey', 'TOKENIZERS_PARALLELISM', 'passes'].some(isSecretName)).toBe(false);
});

it('scans a long log without a pause that a person notices', () => {
  const line = `${normal.join('\n')}\n${'a'.repeat(5_000)}\n${'A1b2'.repeat(2_000)}\n`;
  const text = line.repeat(10);
  const known = Array.from({ length: 20 }, (_, i) => `secret-value-${i}-${'x'.repeat(20)}`);
  // Counted in scans: a pattern that goes quadratic takes minutes here.
  expect(clean(text, known)).toBe(text);
});

it.each(['\\', 'token=', '%25', '&amp;', '\\u0041', '"', 'a://b:'])('scans a long run of %j at once', (part) => {
  const text = part.repeat(100_000 / part.length);
  const began = performance.now();
  clean(text, ['hf_abcdefghijklmnop', 'Ähnlich-geheim-7', 'Another_Secret_1']);
  // A pattern that goes quadratic takes minutes here.
  expect(performance.now() - began).toBeLessThan(10_000);
});

describe('the person', () => {
  const redactor = (home: string, names: string[]) =>
    createRedactor({ detect, known: () => [], person: { home, names } });

  it('is known in both notations of a folder on Windows', () => {
    const windows = createRedactor({
      detect,
      known: () => [],
      person: personOf('C:\\Users\\Max M', { USERNAME: 'Max M' }),
    });
    expect(windows.value(['c:/users/max m/x', 'C:\\Users\\Max M\\y', 'Maximum'])).toEqual(['~/x', '~\\y', 'Maximum']);
  });

  it('is removed by name and folder, beside any secret', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2 }), fc.string(), fc.string(), (name, before, after) => {
        const home = `/home/${name}`;
        expect(redactor(home, [name]).text(`${before} ${home} ${after}`)).not.toContain(home);
      }),
    );
  });
});

it('takes names and folders only from what is to be shared', async () => {
  const redact = redactionHandlers(() => ['s3cret-token'], personOf('/home/ada', {}))['text.redact'];
  const text = 'ada: /home/ada/models/x, s3cret-token';
  expect(await redact({ text })).toEqual({ text: 'ada: /home/ada/models/x, [removed]', removed: 1 });
  expect(await redact({ text, person: true })).toMatchObject({ text: '~: ~/models/x, [removed]' });
});
