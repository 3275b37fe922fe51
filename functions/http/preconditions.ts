import type { ExpectedVersion } from '../../shared/domain/plan-edit.ts';
import { invalidRequest, type Problem } from './problems.ts';

export const IF_MATCH = 'If-Match';
export const IF_NONE_MATCH = 'If-None-Match';

/** RFC 9110 §8.8.3: an opaque tag in quotes. */
const ENTITY_TAG = /^(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;
const VERSION = /^[1-9]\d{0,14}$/;
const MAX_TAGS = 20;

/** The entity tag of a version. The version names the content, so the tag is strong. */
export function versionTag(version: number): string {
  return `"${version}"`;
}

type Headers = Readonly<Record<string, string | undefined>>;
type Precondition = { readonly expected: ExpectedVersion | undefined } | { readonly problem: Problem };

/**
 * The version that an edit expects, by `If-Match` or `If-None-Match: *` (RFC 9110 §13.1); `undefined`: any,
 * or none.
 */
export function decodePrecondition(headers: Headers): Precondition {
  const [match, noneMatch] = [IF_MATCH, IF_NONE_MATCH].map((name) => headers[name.toLowerCase()]?.trim());
  if (noneMatch === undefined) return decodeIfMatch(match);
  if (match !== undefined) return malformed(IF_NONE_MATCH, `must not be combined with ${IF_MATCH}`);
  return noneMatch === '*' ? { expected: 'none' } : malformed(IF_NONE_MATCH, 'must be *');
}

/**
 * The versions in `If-Match`: `*`, or entity tags separated by commas. Weak tags match, since proxies weaken
 * the tags of compressed responses. An unknown tag matches no version.
 */
function decodeIfMatch(text: string | undefined): Precondition {
  if (text === undefined) return { expected: undefined };
  if (text === '*') return { expected: 'any' };
  const tags = text.split(',').map((tag) => ENTITY_TAG.exec(tag.trim())?.[1]);
  if (tags.length > MAX_TAGS || tags.some((tag) => tag === undefined)) {
    return malformed(
      IF_MATCH,
      `must be an ETag in quotes, such as "3", up to ${MAX_TAGS} of them separated by commas, or *`,
    );
  }
  return { expected: tags.flatMap((tag) => (tag !== undefined && VERSION.test(tag) ? [Number(tag)] : [])) };
}

function malformed(path: string, message: string): { readonly problem: Problem } {
  return { problem: invalidRequest([{ path, message, code: 'invalid_format' }]) };
}
