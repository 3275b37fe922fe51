import { ulid } from 'ulid';
import type { Chance } from './chance.ts';
import type { Act } from './script.ts';

/** A caller's key, made at a moment of its own clock (epoch ms). */
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
    case 'uuid v7': {
      const time = ms.toString(16).padStart(12, '0');
      const digits = Array.from({ length: 18 }, () => chance.int(0, 15).toString(16)).join('');
      return `${time.slice(0, 8)}-${time.slice(8)}-7${digits.slice(0, 3)}-8${digits.slice(3, 6)}-${digits.slice(6)}`;
    }
    case 'ulid':
      return ulid(ms, chance.random);
  }
}
