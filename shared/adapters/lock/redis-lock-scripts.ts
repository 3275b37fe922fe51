/**
 * The lock's steps that Redis executes in one go. `KEYS[1]` is the lock, `ARGV[1]` the token of who wants or holds it.
 * Numbers travel as strings: Upstash truncates a Lua number given to a command.
 */

/**
 * Answers 0 when somebody else holds the lock, otherwise the fencing number.
 *
 * Who finds its own token tried before and never got the answer; it holds the lock from now on, under a number of
 * its own. The number is at least the caller's clock (`ARGV[3]`, epoch ms), so that a Redis that lost its data, or
 * the counter's expiry (`ARGV[4]`, ms), does not start to count at an age when higher numbers are in use: nobody
 * acquires a lock a thousand times a second.
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

/** Answers 1 when the lock was the caller's and lasts `ARGV[2]` ms from now, 0 when it was not. */
export const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Answers 1 when the lock was the caller's and is free now, 0 when it was not. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;
