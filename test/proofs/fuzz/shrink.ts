import type { FuzzRequest } from './fuzz-request.ts';

const MAX_TRIES = 300;

/**
 * Removes parts of a request, one at a time, while `isFault` still holds, and returns the smallest found.
 *
 * Not fast-check: it shrinks only values that its own arbitraries made. These requests come from the OpenAPI
 * document, with bytes changed, and `fc.jsonValue()` cannot shrink a value without its context.
 */
export async function shrink(
  request: FuzzRequest,
  isFault: (request: FuzzRequest) => Promise<boolean>,
): Promise<FuzzRequest> {
  let smallest = request;
  let tries = 0;
  for (let found = true; found && tries < MAX_TRIES; ) {
    found = false;
    for (const smaller of smallerOnes(smallest)) {
      tries += 1;
      if (tries > MAX_TRIES) break;
      if (!(await isFault(smaller))) continue;
      smallest = smaller;
      found = true;
      break;
    }
  }
  return smallest;
}

function* smallerOnes(request: FuzzRequest): Generator<FuzzRequest> {
  if (request.caller !== 'everything') yield { ...request, caller: 'everything' };
  if (request.query !== '') yield { ...request, query: '' };
  for (const name of Object.keys(request.headers)) {
    const { [name]: _, ...headers } = request.headers;
    yield { ...request, headers };
  }
  for (const body of smallerBodies(request.body)) {
    // The flaw of the old bytes may be gone.
    const { flaw: _, ...rest } = request;
    yield { ...rest, body };
  }
}

function* smallerBodies(body: Buffer | undefined): Generator<Buffer> {
  if (!body || body.length === 0) return;
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    yield body.subarray(0, body.length / 2);
    yield body.subarray(body.length / 2);
    yield body.subarray(1);
    return;
  }
  for (const smaller of smallerValues(value)) yield Buffer.from(JSON.stringify(smaller));
}

function* smallerValues(value: unknown): Generator<unknown> {
  if (typeof value === 'string' && value.length > 1) {
    yield value.slice(0, value.length / 2);
    yield value.slice(1);
  }
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) {
      yield value.toSpliced(index, 1);
      for (const smaller of smallerValues(inner)) yield value.with(index, smaller);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const { [name]: _, ...rest } = value as Record<string, unknown>; // an object of JSON
      yield rest;
      for (const smaller of smallerValues(inner)) yield { ...value, [name]: smaller };
    }
  }
}
