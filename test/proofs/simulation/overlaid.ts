/** A store with some methods replaced. Stores are classes: the others are called on the store itself. */
export function overlaid<T extends object>(store: T, changed: Partial<T>): T {
  return new Proxy(store, {
    get(target, name) {
      const replaced: unknown = Reflect.get(changed, name);
      const value: unknown = replaced ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(replaced === undefined ? target : changed) : value;
    },
  });
}
