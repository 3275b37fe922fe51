/**
 * The cache's atomic Redis scripts. An entry is a hash: `v` version, `x` value as JSON (absent: dropped), `s`
 * seal over the value, `a` as of when (epoch ms), `f` filled at (epoch ms), `c` cost of the load (ms), and
 * for values with an incremented figure `n` the figure and `t` its subject. Numbers are sent as strings.
 */
export const ENTRY_FIELDS = ['v', 'x', 's', 'a', 'f', 'c', 'n', 't'] as const;

/** The version of an entry, `nil` without one. Removes a key of another type. */
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
 * `KEYS`: entry, lease. `ARGV`: lease token, lease ms. Returns the entry's fields, or the filler: `fill` (the
 * caller, which now holds the lease) or `wait` (another reader). Leases prevent concurrent loads of a cold
 * key ("Scaling Memcache at Facebook", NSDI 2013, §3.2.1).
 */
export const LOOK_UP = `
local entry = redis.pcall('HMGET', KEYS[1], ${ENTRY_FIELDS.map((field) => `'${field}'`).join(', ')})
if not entry.err and entry[2] then return entry end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'fill'} end
return {'wait'}`;

/**
 * `KEYS`: entry, lease. `ARGV`: TTL ms, then the entry's fields in order. Returns 0 if a later version is
 * stored: an old value never replaces a new one.
 */
export const FILL = `${STANDING}
redis.call('DEL', KEYS[2])
local standing = standing_version(KEYS[1])
if standing and standing > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ${ENTRY_FIELDS.map((field, index) => `'${field}', ARGV[${index + 2}]`).join(', ')})
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`;

/**
 * `KEYS`: entry. `ARGV`: version, TTL ms. Drops the value and keeps the version, so that a load which began
 * before the drop cannot restore the old value.
 */
export const DROP = `${STANDING}
local standing = standing_version(KEYS[1])
if standing and standing > tonumber(ARGV[1]) then return 0 end
redis.call('HDEL', KEYS[1], 'x')
redis.call('HSET', KEYS[1], 'v', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

/**
 * `KEYS`: entry. `ARGV`: amount, subject, first and last version of the changes. Adds to the figure of a
 * stored value; never creates or prolongs a key. Changes already included add nothing; if a part is included,
 * or the figure has another subject or is no number, the value is dropped.
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
