import type { PlantedBug } from '../planted-bug.ts';

const RATE_BUCKET = { project: 'integration', test: 'test/integration/rate-bucket.test.ts' } as const;
const RATE_LIMIT = { project: 'unit', test: 'test/unit/usecases/keys/limit-rate.test.ts' } as const;

/** Bugs that admit more requests than a key may send. */
export const RATE_BUGS: readonly PlantedBug[] = [
  {
    name: 'a bucket in use is moved beyond its burst',
    file: 'shared/adapters/dynamodb/rate-bucket-store.ts',
    edits: [
      {
        find: "'fullAt BETWEEN :start AND :latest'",
        replace: "'fullAt BETWEEN :start AND :latest OR fullAt > :latest'",
      },
    ],
    ...RATE_BUCKET,
    named: 'takes exactly as takeTokens does',
  },
  {
    name: 'every environment finds the bucket full',
    file: 'shared/adapters/dynamodb/rate-bucket-store.ts',
    edits: [
      {
        find: "'attribute_not_exists(pk) OR fullAt < :start'",
        replace: "'attribute_not_exists(pk) OR fullAt < :start OR fullAt >= :start'",
      },
    ],
    ...RATE_BUCKET,
    named: 'takes exactly as takeTokens does',
  },
  {
    name: 'an environment keeps its tokens while it is frozen',
    file: 'shared/usecases/keys/key-lease.ts',
    edits: [{ find: ' && now < this.#expiresAt) {', replace: ') {' }],
    ...RATE_LIMIT,
  },
  {
    name: 'the request that asks the bucket is not counted',
    file: 'shared/usecases/keys/key-lease.ts',
    edits: [{ find: '+ grant.tokens - 1;', replace: '+ grant.tokens;' }],
    ...RATE_LIMIT,
  },
  {
    name: 'a route does not count its requests',
    file: 'functions/http/route.ts',
    edits: [{ find: 'if (limited) return { problem: limited };', replace: 'void limited;' }],
    project: 'integration',
    test: 'test/integration/functions/rate-limit.test.ts',
    named: 'is one on any route',
  },
];
