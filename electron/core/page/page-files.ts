import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

interface PageFile {
  body: Buffer;
  type: string;
  encoding: 'br' | null;
  /** Its name changes with its content, so a browser may keep it. */
  immutable: boolean;
}

/**
 * One file of the built page by the path of its URL; null where it does not exist or is outside the folder. `brotli`: the
 * reader takes the compressed file that the build left beside it.
 */
export async function readPageFile(folder: string, urlPath: string, { brotli = false } = {}): Promise<PageFile | null> {
  const file = resolveInside(folder, urlPath === '/' ? '/index.html' : urlPath);
  const type = file && types[extname(file)];
  if (!file || !type) return null;
  const immutable = urlPath.startsWith('/assets/');
  const compressed = brotli ? await read(`${file}.br`) : null;
  if (compressed) return { body: compressed, type, encoding: 'br', immutable };
  const body = await read(file);
  return body && { body, type, encoding: null, immutable };
}

/** Null where the file is missing, or is a folder. */
const read = (file: string) => readFile(file).catch(() => null);

export function resolveInside(folder: string, urlPath: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  // The page has no hidden files; what an editor or a clone left there is not part of it.
  if (path.includes('\0') || path.includes('\\') || path.includes('/.')) return null;
  const file = normalize(join(folder, path));
  return file.startsWith(normalize(folder) + sep) ? file : null;
}
