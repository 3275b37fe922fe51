import { ApiError } from '../calls/errors.ts';

const REFERENCE = 'https://stripe.com/docs/api#authentication';

/** @throws ApiError 401 unless the header has the secret key, as a bearer token or a user name */
export function authenticate(authorization: string | undefined, secretKey: string): void {
  const key = keyOf(authorization);
  if (key === undefined) {
    throw unauthorized(
      `You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See ${REFERENCE} for details, or we can help at https://support.stripe.com/.`,
    );
  }
  if (key !== secretKey) throw unauthorized(`Invalid API Key provided: ${masked(key)}`);
}

function keyOf(authorization = ''): string | undefined {
  const [, scheme, value] = /^(bearer|basic)\s+(\S+)$/i.exec(authorization) ?? [];
  if (value === undefined) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return value;
  return Buffer.from(value, 'base64').toString().split(':')[0] || undefined;
}

/** Masks a key but its kind and last four characters. */
function masked(key: string): string {
  const kind = /^[a-z]+_(test|live)_/.exec(key)?.[0] ?? '';
  const rest = key.slice(kind.length);
  return `${kind}${'*'.repeat(Math.max(0, rest.length - 4))}${rest.slice(-4)}`;
}

const unauthorized = (message: string) =>
  new ApiError(
    401,
    { type: 'invalid_request_error', message },
    { 'www-authenticate': 'Bearer realm="Stripe"' },
  );
