import type { SeededRandom } from 'stripe-simulator/seeded-random';
import { AWKWARD_CONTENT_TYPES, AWKWARD_HEADERS, AWKWARD_NAMES, AWKWARD_TEXTS } from './awkward-values.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import { pick } from './valid-values.ts';

type Spoil = (request: FuzzRequest, random: SeededRandom) => FuzzRequest;

const IDEMPOTENCY_KEYS = [
  ...AWKWARD_TEXTS,
  'k'.repeat(255),
  'same-key',
  'same-key, same-key',
  'key with spaces',
  'op_01ARZ3NDEKTSV4RRFFQ69G5FAV',
  '018f3a5e-7c1b-7d3e-8a52-6f0b9d1c2e34',
];

/** Mutations of the request around the body, and of its bytes. */
export const REQUEST_MUTATIONS: Readonly<Record<string, Spoil>> = {
  'another path': (request, random) => {
    const names = Object.keys(request.path);
    if (names.length === 0) return request;
    return { ...request, path: { ...request.path, [pick(names, random)]: pick(AWKWARD_TEXTS, random) } };
  },
  'another query': (request, random) => {
    const [name] = pick([...new URLSearchParams(request.query), ['x', '']], random);
    const more = `${encodeURIComponent(name)}=${encodeURIComponent(wellFormed(pick(AWKWARD_TEXTS, random)))}`;
    return { ...request, query: request.query === '' ? more : `${request.query}&${more}` };
  },
  'an unknown parameter': (request, random) => ({
    ...request,
    query: `${request.query}&${encodeURIComponent(pick(AWKWARD_NAMES, random))}=1`,
  }),
  'an odd query': (request, random) => ({
    ...request,
    query: pick(
      ['&', '=', '&&=', 'a', '%', '%zz=1', 'a[]=1', 'a=1;b=2', '?', 'a=%00', '#', '+', '__proto__=1'],
      random,
    ),
  }),
  'an idempotency key': (request, random) =>
    withHeader(request, 'idempotency-key', pick(IDEMPOTENCY_KEYS, random)),
  'a content type': (request, random) =>
    withHeader(request, 'content-type', pick(AWKWARD_CONTENT_TYPES, random)),
  'no content type': (request) => {
    const { 'content-type': _, ...headers } = request.headers;
    return { ...request, headers };
  },
  'a header': (request, random) => withHeader(request, ...pick(AWKWARD_HEADERS, random)),
  'no body': (request) => ({ ...request, body: undefined }),
  'an empty body': (request) => ({ ...request, body: Buffer.alloc(0) }),
  'a byte changed': (request, random) => {
    const body = Buffer.from(request.body ?? 'x');
    body[random.below(body.length)] = random.below(256);
    return { ...request, body };
  },
  'random bytes': (request, random) => ({
    ...request,
    body: Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256))),
  }),
  'another encoding': (request) => ({
    ...request,
    body: Buffer.from(request.body?.toString() ?? '{}', 'utf16le'),
  }),
};

function withHeader(request: FuzzRequest, name: string, value: string): FuzzRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

/** `encodeURIComponent` throws at half a surrogate pair. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}
