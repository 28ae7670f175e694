import { describe, expect, test } from 'vitest';
import { causeOf, explain } from './causes.mjs';

/** What the tools print, and how the sentence begins. */
const SAMPLES = [
  ['ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n', 'the disk is full'],
  ['npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device, write', 'the disk is full'],
  ['OSError: [Errno 122] Disk quota exceeded', 'your disk quota is used up'],
  [
    "ERROR: Could not install packages due to an OSError: [Errno 30] Read-only file system: '/x'",
    'the file system is read-only',
  ],
  [
    "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))",
    'the proxy asks for a name',
  ],
  [
    'npm error code E407\nnpm error 407 Proxy Authentication Required - GET https://registry.npmjs.org/ws',
    'the proxy asks for a name',
  ],
  [
    "Could not fetch URL https://pypi.org/simple/torch/: There was a problem confirming the ssl certificate: SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]",
    'a certificate was refused',
  ],
  ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'a certificate was refused'],
  ['npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'a certificate was refused'],
  ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', 'what was downloaded is not'],
  ['npm error code EINTEGRITY', 'what was downloaded is not'],
  ['ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/', 'pip found no versions'],
  [
    'The virtual environment was not created successfully because ensurepip is not available.',
    'this Python has no venv module',
  ],
  ['/usr/bin/python3: No module named venv', 'this Python has no venv module'],
  [
    'ERROR: torch-2.13.0-cp311-cp311-macosx_14_0_arm64.whl is not a supported wheel on this platform.',
    'a package is for another processor',
  ],
  ['ImportError: /x/libtorch.so: wrong ELF class: ELFCLASS32', 'a package is for another processor'],
  ['npm error code EBADPLATFORM', 'a package is for another processor'],
  [
    "python: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found",
    'the C library of this system is too old',
  ],
  [
    'ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)',
    'the package index has no version',
  ],
  [
    'ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: 2.0.0, 2.1.0)',
    'the package index lacks a pinned version',
  ],
  ['npm error Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON', 'the npm registry answered'],
  ['npm error code ENOTCACHED', 'npm is in offline mode'],
  ['npm error code E401', 'the package index refused access'],
  [
    'npm error code ENOTFOUND\nnpm error request to https://registry.npmjs.org/ws failed',
    'the network cannot be reached',
  ],
  [
    'ERROR: ResolutionImpossible\nCould not fetch URL https://pypi.org/simple/torch/: connection error',
    'the network cannot be reached',
  ],
  ['npm error code EAI_AGAIN', 'the network cannot be reached'],
  ["WARNING: Retrying after connection broken by 'NewConnectionError(...)'", 'the network cannot be reached'],
  // pip goes on without an index that it cannot reach.
  [
    'ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)\nCould not fetch URL https://pypi.org/simple/torch/: connection error: Max retries exceeded',
    'the network cannot be reached',
  ],
  [
    'ERROR: ResolutionImpossible\nCould not fetch URL https://pypi.org/simple/torch/: connection error',
    'the network cannot be reached',
  ],
  [
    "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'",
    'a folder is not writable',
  ],
  ['npm error code EACCES', 'a folder is not writable'],
  ["OSError: [Errno 36] File name too long: '/x'", 'a path is too long'],
  ['\nSIGKILL', 'the system killed it'],
];

/** Words that contain a code and mean something else. */
const OTHERS = [
  "ModuleNotFoundError: No module named 'encodings'",
  'Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding',
  "ImportError: cannot import name 'Tokenizer' from 'tokenizers'",
  "ModuleNotFoundError: No module named 'venvtools'",
  '[Errno 130] something',
  'INVALID_EPERMIT',
  '',
];

describe('causes', () => {
  test.each(SAMPLES)('%j', (output, begins) => {
    expect(causeOf(output)?.slice(0, begins.length)).toBe(begins);
  });

  test.each(OTHERS)('%j is none of them', (output) => {
    expect(causeOf(output)).toBeNull();
  });
});

describe('an error of the operating system is one sentence', () => {
  const error = (code, path = '/nowhere/x', syscall = 'open') =>
    Object.assign(new Error(code), { code, path, syscall });

  test('with the way out', () => {
    expect(explain(error('EROFS'))).toMatch(/read-only: use a checkout/);
    expect(explain(error('ENOSPC'))).toMatch(/the disk is full/);
    expect(explain(error('EACCES'))).toMatch(
      /^\/nowhere\/x cannot be written.*run npm run setup as its owner, or clone/,
    );
    expect(explain(Object.assign(new Error(), { code: 'ERR_SYSTEM_ERROR', syscall: 'uv_os_homedir' }))).toMatch(
      /set HOME/,
    );
  });

  test('a mistake of ours keeps its stack', () => {
    expect(explain(new TypeError('x is not a function'))).toBeNull();
    expect(explain(error('ENOENT'))).toBeNull();
  });
});
