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
}

/** One file of the built page by the path of its URL; null where it does not exist or is outside the folder. */
export async function readPageFile(folder: string, urlPath: string): Promise<PageFile | null> {
  const file = resolveInside(folder, urlPath === '/' ? '/index.html' : urlPath);
  const type = file && types[extname(file)];
  if (!file || !type) return null;
  try {
    return { body: await readFile(file), type };
  } catch {
    // The file is missing, or is a folder.
    return null;
  }
}

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
