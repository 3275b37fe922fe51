import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { OperationName } from '../../shared/contract.ts';
import { type ApiAnswer, type ApiRequest, call } from './api.ts';
import { createSeededApi, type SeededApi } from './seeded-api.ts';

/** The API as a product's backend calls it for one user. */
export interface UserApi {
  readonly api: SeededApi;
  /** Another one in every test. */
  readonly userId: string;
  /** Calls with the service key and the user in the body. */
  send(operation: OperationName, body: object, more?: ApiRequest): Promise<ApiAnswer>;
  /** The same with the admin key. */
  admin(operation: OperationName, body: object, more?: ApiRequest): Promise<ApiAnswer>;
  /** The user's quota in the table. */
  quota(): Promise<ApiAnswer['body']>;
  /** The remaining units of a feature. */
  remaining(type?: string): Promise<number>;
}

/** Sets up a seeded API for a test file, and an unknown user for each test. */
export function useUserApi(): UserApi {
  let api: SeededApi;
  let userId: string;
  beforeAll(async () => {
    api = await createSeededApi();
  });
  afterAll(() => api.stop());
  beforeEach(() => {
    userId = `user-${randomUUID()}`;
  });
  const quota = async () =>
    (await call('getUserQuota', { key: api.serviceKey, path: { userId }, query: { consistent: 'true' } }))
      .body;
  return {
    get api() {
      return api;
    },
    get userId() {
      return userId;
    },
    quota,
    send: (operation, body, more) =>
      call(operation, { key: api.serviceKey, body: { userId, ...body }, ...more }),
    admin: (operation, body, more) =>
      call(operation, { key: api.adminKey, body: { userId, ...body }, ...more }),
    remaining: async (type = 'aiRequest') =>
      (await quota()).features.find((feature: { type: string }) => feature.type === type).balance.remaining,
  };
}

/** A request with an Idempotency-Key. */
export const keyed = (key: string): ApiRequest => ({ headers: { 'idempotency-key': key } });

/** An answer in short: `429 exceeded`. */
export const answer = ({ status, body }: ApiAnswer) => `${status} ${body.code}`;
