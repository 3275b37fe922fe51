import type { PlantedBug } from '../planted-bug.ts';

const LOCK = { project: 'integration', test: 'test/integration/redis/redis-lock.test.ts' } as const;
const CACHE = { project: 'integration', test: 'test/integration/redis/versioned-cache.test.ts' } as const;
const REFRESH = { project: 'integration', test: 'test/integration/redis/projector-refresh.test.ts' } as const;
const LOCK_SCRIPTS = 'shared/adapters/lock/redis-lock-scripts.ts';
const CACHE_SCRIPTS = 'shared/adapters/cache/cache-scripts.ts';

/** Bugs of locks and caches. */
export const REDIS_BUGS: readonly PlantedBug[] = [
  {
    name: 'a restored table reads the cache of the former one',
    file: 'functions/runtime/composition/caches.ts',
    edits: [{ find: 'return namespacedRedis(shared, env[ENV.tableName]);', replace: 'return shared;' }],
    project: 'integration',
    test: 'test/integration/redis/restored-table.test.ts',
  },
  {
    name: 'a lock is released by any caller',
    file: LOCK_SCRIPTS,
    edits: [
      {
        find: "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\nreturn redis.call('DEL', KEYS[1])",
        replace: "return redis.call('DEL', KEYS[1])",
      },
    ],
    ...LOCK,
    named: 'only the holder releases',
  },
  {
    name: 'a lock is extended by any caller',
    file: LOCK_SCRIPTS,
    edits: [
      {
        find: "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\nreturn redis.call('PEXPIRE'",
        replace: "return redis.call('PEXPIRE'",
      },
    ],
    ...LOCK,
    named: 'only the holder extends',
  },
  {
    name: 'a held lock can be taken',
    file: LOCK_SCRIPTS,
    edits: [
      {
        find: "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n  redis.call('PEXPIRE'",
        replace: "redis.call('PEXPIRE'",
      },
    ],
    ...LOCK,
    named: 'one holder at a time',
  },
  {
    name: 'every holder gets the same fencing number',
    file: LOCK_SCRIPTS,
    edits: [{ find: 'return fence`', replace: 'return 1`' }],
    ...LOCK,
    named: 'numbers grow with every acquisition',
  },
  {
    name: 'fencing restarts when Redis lost its data',
    file: LOCK_SCRIPTS,
    edits: [{ find: 'if fence < tonumber(ARGV[3]) then', replace: 'if fence < 0 then' }],
    ...LOCK,
    named: 'numbers keep growing when Redis lost its',
  },
  {
    name: 'an older value replaces a newer one in the cache',
    file: CACHE_SCRIPTS,
    edits: [{ find: 'if standing and standing > tonumber(ARGV[2]) then return 0 end', replace: '' }],
    ...CACHE,
    named: 'never replaces a later one',
  },
  {
    name: 'a drop removes a newer value',
    file: CACHE_SCRIPTS,
    edits: [{ find: 'if standing and standing > tonumber(ARGV[1]) then return 0 end', replace: '' }],
    ...CACHE,
    named: 'keeps a later version',
  },
  {
    name: 'a figure in the cache counts a change twice',
    file: CACHE_SCRIPTS,
    edits: [
      {
        find: 'if not standing or standing >= tonumber(ARGV[4]) then return 0 end',
        replace: 'if not standing then return 0 end',
      },
      { find: 'standing < tonumber(ARGV[3]) and ', replace: '' },
    ],
    ...CACHE,
    named: 'each version once',
  },
  {
    name: 'minVersion is ignored',
    file: 'shared/usecases/quota/read-account.ts',
    edits: [{ find: 'found !== undefined && found.version >= minVersion', replace: 'found !== undefined' }],
    project: 'integration',
    test: 'test/integration/redis/http-freshness.test.ts',
    named: 'minVersion, as a consume returned it',
  },
  {
    name: "the projector's refresh has no more time than a request's",
    file: 'functions/runtime/composition/notifications.ts',
    edits: [
      { find: '    quotaCache: new VersionedCache(patientCacheDeps(), QUOTA_CACHE),\n', replace: '' },
      { find: '    usageCache: new VersionedCache(patientCacheDeps(), USAGE_CACHE),\n', replace: '' },
    ],
    ...REFRESH,
    named: 'a refresh reaches a Redis that is slower',
  },
  {
    name: 'a failed refresh leaves the old value',
    file: 'shared/adapters/cache/versioned-cache.ts',
    edits: [
      {
        find: "if (answer.code === 'no_answer' && answer.reason !== 'not_configured') {",
        replace: "if (answer.code === 'no_answer' && answer.reason === 'not_configured') {",
      },
    ],
    ...REFRESH,
    named: 'drops the old value',
  },
  {
    name: 'an old value that could not be dropped stays',
    file: 'shared/adapters/cache/versioned-cache.ts',
    edits: [
      {
        find: 'const outdated = [...this.#outdated];',
        replace: 'const outdated = [...this.#outdated].slice(0, 0);',
      },
    ],
    ...REFRESH,
    named: 'dropped with the next batch',
  },
];
