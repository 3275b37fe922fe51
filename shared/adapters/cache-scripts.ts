/**
 * The cache's steps that Redis executes in one go. An entry is a hash: `v` version, `x` value as JSON (absent: dropped),
 * `a` as of when (epoch ms), `f` filled at (epoch ms), `c` cost of the load (ms), and for values with a figure that is
 * counted on `n` the figure and `t` what it is about. Numbers travel as strings.
 */
export const ENTRY_FIELDS = ['v', 'x', 'a', 'f', 'c', 'n', 't'] as const;

/**
 * `KEYS`: entry, lease. `ARGV`: lease token, lease ms. Answers the entry's fields, or who is to fill it: `fill` (the
 * caller, it holds the lease now) or `wait` (somebody else does). Leases keep a cold key from being loaded by everybody
 * at once ("Scaling Memcache at Facebook", NSDI 2013, §3.2.1).
 */
export const LOOK_UP = `
local entry = redis.call('HMGET', KEYS[1], ${ENTRY_FIELDS.map((field) => `'${field}'`).join(', ')})
if entry[2] then return entry end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'fill'} end
return {'wait'}`;

/**
 * `KEYS`: entry, lease. `ARGV`: version, value, as of, filled at, cost, TTL ms, figure, what it is about. Answers 0 where a later version stands:
 * an old value never replaces a new one.
 */
export const FILL = `
redis.call('DEL', KEYS[2])
local standing = redis.call('HGET', KEYS[1], 'v')
if standing and tonumber(standing) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'x', ARGV[2], 'a', ARGV[3], 'f', ARGV[4], 'c', ARGV[5],
  'n', ARGV[7], 't', ARGV[8])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 1`;

/**
 * `KEYS`: entry. `ARGV`: version, TTL ms. Drops the value and leaves the version, so that a load which began before the
 * drop cannot bring the old value back.
 */
export const DROP = `
local standing = redis.call('HGET', KEYS[1], 'v')
if standing and tonumber(standing) > tonumber(ARGV[1]) then return 0 end
redis.call('HDEL', KEYS[1], 'x')
redis.call('HSET', KEYS[1], 'v', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

/**
 * `KEYS`: entry. `ARGV`: amount, what it is about, first and last version of the changes that made it. Adds to the figure
 * of a value that is there: never creates a key and never makes one live longer. Changes that the value knows already add
 * nothing; where it knows a part of them, or its figure is about something else, it is dropped.
 */
export const INCREMENT = `
local standing = redis.call('HMGET', KEYS[1], 'v', 'x', 't')
if not standing[2] or tonumber(standing[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[4])
if tonumber(standing[1]) >= tonumber(ARGV[3]) or standing[3] ~= ARGV[2] then
  redis.call('HDEL', KEYS[1], 'x')
  return 0
end
redis.call('HINCRBY', KEYS[1], 'n', ARGV[1])
return 1`;
