import type { ExpectedVersion } from '../../shared/domain/plan-edit.ts';
import { invalidRequest, type Problem } from './problems.ts';

export const IF_MATCH = 'If-Match';

/** RFC 9110 §8.8.3: an opaque tag in quotes. */
const ENTITY_TAG = /^(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;
const VERSION = /^[1-9]\d{0,14}$/;
const MAX_TAGS = 20;

/** The entity tag of a version. The version names the content, so the tag is strong. */
export function versionTag(version: number): string {
  return `"${version}"`;
}

/**
 * The versions that `If-Match` names (RFC 9110 §13.1.1): `*`, or entity tags separated by commas. Weak tags count, since
 * proxies weaken the tags of compressed answers. A tag that this service never made names no version.
 */
export function decodeIfMatch(
  headers: Readonly<Record<string, string | undefined>>,
): { readonly expected: ExpectedVersion | undefined } | { readonly problem: Problem } {
  const text = headers[IF_MATCH.toLowerCase()]?.trim();
  if (text === undefined) return { expected: undefined };
  if (text === '*') return { expected: 'any' };
  const tags = text.split(',').map((tag) => ENTITY_TAG.exec(tag.trim())?.[1]);
  if (tags.length > MAX_TAGS || tags.some((tag) => tag === undefined)) {
    const message = `must be the ETag of an answer in its quotes, such as "3", up to ${MAX_TAGS} of them separated by commas, or *`;
    return { problem: invalidRequest([{ path: IF_MATCH, message, code: 'invalid_format' }]) };
  }
  return { expected: tags.flatMap((tag) => (tag !== undefined && VERSION.test(tag) ? [Number(tag)] : [])) };
}
