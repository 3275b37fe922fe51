/** Started as a process: takes a lock that renews itself, reports it, and never releases it. */

import { RedisLock } from '../../shared/adapters/lock/redis-lock.ts';
import { RedisClient } from '../../shared/adapters/redis/redis-client.ts';

const [url = '', token = '', resource = '', ttlMs = ''] = process.argv.slice(2);
const redis = new RedisClient({ url, token, budgetMs: 2_000 });
const lock = new RedisLock({ redis }, resource, { ttlMs: Number(ttlMs), autoRenew: true });
console.log((await lock.acquire()).code);
setInterval(() => {}, 60_000);
