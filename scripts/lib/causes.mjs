import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

const OFFLINE =
  'the network cannot be reached: check the connection or the proxy and try again; pip and npm keep what they have downloaded';

/**
 * What the output of pip, npm, venv and Node says when a step fails for a reason that the person can fix. The first match
 * wins: what is specific comes first. A pattern matches the words of the tool, never a part of a longer word.
 */
const CAUSES = [
  [
    /\bENOSPC\b|\[Errno 28\]|No space left on device/,
    'the disk is full: free some space (about 3 GB are needed) and try again',
  ],
  [/\bEDQUOT\b|\[Errno 122\]|Disk quota exceeded/, 'your disk quota is used up: free some space and try again'],
  [/\bEROFS\b|\[Errno 30\]|Read-only file system/, 'the file system is read-only: use a checkout that you can write'],
  [
    /\bE407\b|Tunnel connection failed: 407|407 Proxy Authentication Required|statusCode=407/,
    'the proxy asks for a name and a password (407): put them into HTTPS_PROXY (http://NAME:PASSWORD@HOST:PORT) and try again',
  ],
  [
    /CERTIFICATE_VERIFY_FAILED|\bSSLCertVerificationError\b|\b(DEPTH_ZERO_)?SELF_SIGNED_CERT(_IN_CHAIN)?\b|\bUNABLE_TO_(GET_ISSUER_CERT|GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)\b|\bCERT_(HAS_EXPIRED|NOT_YET_VALID)\b/,
    "a certificate was refused: the clock is wrong, or a proxy replaces certificates; set PIP_CERT and NODE_EXTRA_CA_CERTS to your organisation's certificate file and try again",
  ],
  [
    /THESE PACKAGES DO NOT MATCH THE HASHES|\bEINTEGRITY\b|Hashes are required in --require-hashes mode/,
    'what was downloaded is not what the index promised: a proxy or a damaged cache may have changed it; run pip cache purge and npm cache clean --force, and try again',
  ],
  // pip goes on without an index that it cannot reach, and then finds no version or a conflict.
  [/Could not fetch URL/, OFFLINE],
  [
    /\bResolutionImpossible\b|have conflicting dependencies|The user requested \(constraint\)/,
    "pip found no versions that fit its configuration: look at PIP_CONSTRAINT, at PIP_NO_INDEX and at what 'pip config list' prints",
  ],
  [
    /ensurepip is not available|No module named '?(venv|ensurepip)'?(\s|$)/,
    'this Python has no venv module: install it (on Debian and Ubuntu: sudo apt install python3-venv) and try again',
  ],
  [
    /is not a supported wheel on this platform|ELF class|Exec format error|\bEBADPLATFORM\b|invalid ELF header|wrong architecture|incompatible architecture/,
    "a package is for another processor or system than this one: use a Python of this machine's architecture (HEADROOM_PYTHON), and delete node_modules where it was copied from another machine",
  ],
  [
    /version [`']GLIBC_[\d.]+' not found/,
    'the C library of this system is too old for a package: PyTorch needs glibc 2.28 or newer',
  ],
  [
    /is not valid JSON|invalid json response body|\bEJSONPARSE\b/,
    'the npm registry answered with something else than packages: a proxy or a login page may answer in its place',
  ],
  [/\bENOTCACHED\b/, 'npm is in offline mode and lacks a package: run npm config set offline false and try again'],
  [
    /\bE40[13]\b|\b40[13] Client Error|HTTP error 40[13]\b/,
    'the package index refused access: check the credentials in your npm and pip configuration',
  ],
  [
    /\b(ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ECONNABORTED|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b|\b(NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|ProtocolError|IncompleteRead|MaxRetryError)\b|Max retries exceeded|Failed to resolve '|Temporary failure in name resolution|Name or service not known|Network is unreachable|Connection (refused|reset by peer|timed out)/,
    OFFLINE,
  ],
  [
    /Could not find a version that satisfies the requirement \S+ \(from versions: none\)/,
    'the package index has no version for this Python and this machine: a proxy or a login page may answer in its place, or the index of your pip configuration (PIP_NO_INDEX, PIP_INDEX_URL) lacks it',
  ],
  [
    /Could not find a version that satisfies the requirement|No matching distribution found/,
    'the package index lacks a pinned version for this Python: it may be a mirror that is out of date; set PIP_INDEX_URL to another and try again',
  ],
  [
    /\b(EACCES|EPERM)\b|\[Errno 1?3\]|Permission denied|\[WinError 5\]/,
    'a folder is not writable: fix its owner or permissions and try again',
  ],
  [
    /\bENAMETOOLONG\b|\[Errno 36\]|\[WinError 206\]/,
    'a path is too long for this system: move the checkout to a shorter one',
  ],
  [/\bSIGKILL\b|\bMemoryError\b/, 'the system killed it, probably out of memory: close other programs and try again'],
];

/** The cause that an output names, or null. */
export const causeOf = (output) => CAUSES.find(([pattern]) => pattern.test(output))?.[1] ?? null;

/** The owner of the nearest existing folder, if it is another user. */
function otherOwner(path) {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { uid } = statSync(folder);
  if (process.platform === 'win32' || uid === process.getuid()) return null;
  return uid === 0 ? 'root' : `user ${uid}`;
}

/** What to do about a file that cannot be written. */
export function notWritable(path) {
  const owner = otherOwner(path);
  const belongs = owner ? ` (it belongs to ${owner}, you are ${nameOrNumber()})` : '';
  return `${path} cannot be written${belongs}: run npm run setup as its owner, or clone Headroom into a folder of your own.`;
}

function nameOrNumber() {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid()}`;
  }
}

/** One sentence for an error of the operating system, or null. */
export function explain(error) {
  const path = error?.path ?? error?.dest;
  if (error?.syscall === 'uv_os_homedir')
    return 'Your home folder is unknown: set HOME or HEADROOM_HOME and try again.';
  if (!path) return null;
  if (error.code === 'EROFS')
    return `${path} cannot be written, its file system is read-only: use a checkout that you can write.`;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return `${path} cannot be written: the disk is full, or your quota is used up.`;
  if (error.code === 'ENAMETOOLONG')
    return `${path} is too long a path for this system: move the checkout to a shorter one.`;
  if (error.code !== 'EACCES' && error.code !== 'EPERM') return null;
  return readable(path) ? notWritable(path) : `${path} cannot be read: fix its owner or permissions.`;
}

function readable(path) {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    return error.code === 'ENOENT';
  }
}
