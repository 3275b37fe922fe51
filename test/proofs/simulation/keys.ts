import { ulid } from 'ulid';
import type { Chance } from './chance.ts';
import type { Act } from './script.ts';

/** Maximum date of callers' keys ahead of the clock. */
const MOST_AHEAD_MS = 60_000;

/** A caller's key, made at an instant of its own clock (epoch ms). */
export function makeKey(
  { number, key }: Pick<Act, 'number' | 'key'>,
  chance: Chance,
  at: number,
): string | undefined {
  const ms = Math.floor(at);
  switch (key) {
    case 'none':
      return undefined;
    case 'own':
      return `key-${number}`;
    case 'uuid v7':
      return uuidV7(ms, chance);
    case 'ulid':
      return ulid(ms, chance.random);
    case 'uuid v7 ahead':
      return uuidV7(ms + chance.int(0, MOST_AHEAD_MS), chance);
    case 'uuid v7 at random':
      return uuidV7(chance.int(0, 2 ** 48 - 1), chance);
    case 'like minted':
      return `op_${ulid(ms - chance.int(0, MOST_AHEAD_MS), chance.random)}`;
    case 'like minted ahead':
      return `op_${ulid(ms + chance.int(0, MOST_AHEAD_MS), chance.random)}`;
    case 'like minted in 1970':
      return `op_${ulid(number, chance.random)}`;
  }
}

function uuidV7(ms: number, chance: Chance): string {
  const time = ms.toString(16).padStart(12, '0');
  const digits = Array.from({ length: 18 }, () => chance.int(0, 15).toString(16)).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digits.slice(0, 3)}-8${digits.slice(3, 6)}-${digits.slice(6)}`;
}
