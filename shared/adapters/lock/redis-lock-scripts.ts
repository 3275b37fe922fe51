/**
 * The lock's atomic Redis scripts. `KEYS[1]` is the lock, `ARGV[1]` the token of its holder or of the caller.
 * Numbers are sent as strings: Upstash truncates a Lua number given to a command.
 */

/**
 * Returns 0 when another token holds the lock, otherwise the fencing number.
 *
 * A caller that finds its own token has tried before without getting the answer; it holds the lock from now
 * on, under a new number. The number is at least the caller's clock (`ARGV[3]`, epoch ms), so that after a
 * loss of data, or the counter's expiry (`ARGV[4]`, ms), numbers do not restart below those in use: a lock is
 * acquired less than a thousand times a second.
 */
export const ACQUIRE = `
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local fence = redis.call('INCR', KEYS[2])
if fence < tonumber(ARGV[3]) then
  fence = tonumber(ARGV[3])
  redis.call('SET', KEYS[2], ARGV[3])
end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return fence`;

/** Returns 1 when the lock was the caller's and lasts `ARGV[2]` ms from now, 0 when it was not. */
export const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Returns 1 when the lock was the caller's and is free now, 0 when it was not. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;
