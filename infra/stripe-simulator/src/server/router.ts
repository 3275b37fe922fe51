import type { Route } from '../calls/call.ts';

interface Match {
  readonly route: Route;
  /** The decoded `:id` of the path; empty if there is none. */
  readonly id: string;
}

/** Finds the route of a request. Routes without an id match first: `/a/search` is not `/a/:id`. */
export class Router {
  readonly #routes: { readonly route: Route; readonly pattern: RegExp }[];

  constructor(routes: readonly Route[]) {
    this.#routes = [...routes]
      .sort((left, right) => Number(left.path.includes(':id')) - Number(right.path.includes(':id')))
      .map((route) => ({ route, pattern: new RegExp(`^${route.path.replace(':id', '([^/]+)')}/?$`) }));
  }

  find(method: string, path: string): Match | undefined {
    for (const { route, pattern } of this.#routes) {
      const match = route.method === method ? pattern.exec(path) : null;
      if (match) return { route, id: decode(match[1] ?? '') };
    }
    return undefined;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
