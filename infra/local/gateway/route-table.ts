/** A route of an HTTP API: `POST /v1/users/{userId}/plan`, `ANY /files/{path+}` or `$default`. */
export interface RouteMatch<Target> {
  readonly routeKey: string;
  readonly target: Target;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Candidate<Target> {
  readonly routeKey: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly target: Target;
}

/**
 * Finds the route of a request as API Gateway does: the most specific path first (fixed segment, parameter,
 * greedy parameter), a named method before `ANY`, `$default` last. No implicit HEAD or OPTIONS; a trailing
 * slash matters.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export class RouteTable<Target> {
  readonly #candidates: Candidate<Target>[] = [];
  #default: Candidate<Target> | undefined;

  add(routeKey: string, target: Target): void {
    const [method = '', path = ''] = routeKey.split(' ');
    const candidate = { routeKey, method, segments: segmentsOf(path), target };
    if (routeKey === '$default') this.#default = candidate;
    else this.#candidates.push(candidate);
    this.#candidates.sort((one, other) => compare(specificity(one), specificity(other)));
  }

  /** @param path decoded, without the stage */
  match(method: string, path: string): RouteMatch<Target> | undefined {
    const segments = segmentsOf(path);
    for (const candidate of this.#candidates) {
      if (candidate.method !== method && candidate.method !== 'ANY') continue;
      const pathParameters = parametersOf(candidate.segments, segments);
      if (pathParameters) return { routeKey: candidate.routeKey, target: candidate.target, pathParameters };
    }
    return this.#default && { routeKey: '$default', target: this.#default.target, pathParameters: {} };
  }
}

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

function parametersOf(
  pattern: readonly string[],
  path: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = path[index];
    if (!actual) return undefined;
    const greedy = /^\{(.+)\+\}$/.exec(expected)?.[1];
    if (greedy) return { ...parameters, [greedy]: path.slice(index).join('/') };
    const name = /^\{(.+)\}$/.exec(expected)?.[1];
    if (name) parameters[name] = actual;
    else if (expected !== actual) return undefined;
  }
  return pattern.length === path.length ? parameters : undefined;
}

/** Sort key, more specific first: per segment 0 fixed, 1 parameter, 2 greedy; then the method. */
function specificity({ segments, method }: Candidate<unknown>): number[] {
  const ranks = segments.map((segment) => (segment.endsWith('+}') ? 2 : segment.startsWith('{') ? 1 : 0));
  return [...ranks, method === 'ANY' ? 1 : 0];
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, rank] of one.entries()) {
    const difference = rank - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
