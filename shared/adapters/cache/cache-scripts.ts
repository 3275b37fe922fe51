/**
 * The cache's steps that Redis executes in one go. An entry is a hash: `v` version, `x` value as JSON (absent: dropped),
 * `s` seal over the value, `a` as of when (epoch ms), `f` filled at (epoch ms), `c` cost of the load (ms), and for values
 * with a figure that is counted on `n` the figure and `t` what it is about. Numbers travel as strings.
 */
export const ENTRY_FIELDS = ['v', 'x', 's', 'a', 'f', 'c', 'n', 't'] as const;

/** The version that stands in an entry, `nil` where none does. Whatever else has come to lie at the key is removed. */
const STANDING = `
local function standing_version(key)
  local version = redis.pcall('HGET', key, 'v')
  if type(version) == 'table' then
    redis.call('DEL', key)
    return nil
  end
  return tonumber(version)
end
`;

/**
 * `KEYS`: entry, lease. `ARGV`: lease token, lease ms. Answers the entry's fields, or who is to fill it: `fill` (the
 * caller, it holds the lease now) or `wait` (somebody else does). Leases keep a cold key from being loaded by everybody
 * at once ("Scaling Memcache at Facebook", NSDI 2013, §3.2.1).
 */
export const LOOK_UP = `
local entry = redis.pcall('HMGET', KEYS[1], ${ENTRY_FIELDS.map((field) => `'${field}'`).join(', ')})
if not entry.err and entry[2] then return entry end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'fill'} end
return {'wait'}`;

/**
 * `KEYS`: entry, lease. `ARGV`: TTL ms, then the entry's fields in their order. Answers 0 where a later version stands: an
 * old value never replaces a new one.
 */
export const FILL = `${STANDING}
redis.call('DEL', KEYS[2])
local standing = standing_version(KEYS[1])
if standing and standing > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ${ENTRY_FIELDS.map((field, index) => `'${field}', ARGV[${index + 2}]`).join(', ')})
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`;

/**
 * `KEYS`: entry. `ARGV`: version, TTL ms. Drops the value and leaves the version, so that a load which began before the
 * drop cannot bring the old value back.
 */
export const DROP = `${STANDING}
local standing = standing_version(KEYS[1])
if standing and standing > tonumber(ARGV[1]) then return 0 end
redis.call('HDEL', KEYS[1], 'x')
redis.call('HSET', KEYS[1], 'v', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

/**
 * `KEYS`: entry. `ARGV`: amount, what it is about, first and last version of the changes that made it. Adds to the figure
 * of a value that is there: never creates a key and never makes one live longer. Changes that the value knows already add
 * nothing; where it knows a part of them, or its figure is about something else or no number, it is dropped.
 */
export const INCREMENT = `${STANDING}
local standing = standing_version(KEYS[1])
if not standing or standing >= tonumber(ARGV[4]) then return 0 end
local entry = redis.call('HMGET', KEYS[1], 'x', 't')
if not entry[1] then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[4])
local counted = standing < tonumber(ARGV[3]) and entry[2] == ARGV[2]
  and type(redis.pcall('HINCRBY', KEYS[1], 'n', ARGV[1])) == 'number'
if counted then return 1 end
redis.call('HDEL', KEYS[1], 'x')
return 0`;
