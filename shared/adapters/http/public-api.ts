/** An answer of the deployment's own API. */
export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON; `undefined` for anything else. */
  readonly body: unknown;
  /** From the request to the end of the answer, in milliseconds. */
  readonly ms: number;
}

/** Beyond the time limit of the functions, which answer within 6 s. */
const TIMEOUT_MS = 8_000;

/** The deployment's API at its public URL, as a caller's backend reaches it. */
export class PublicApi {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '');
  }

  /** @throws Error that names the cause, if there is no answer */
  async post(path: string, key: string, body: object, headers: object = {}): Promise<ApiAnswer> {
    const startedMs = performance.now();
    try {
      const response = await fetch(this.#url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          // A connection that Lambda froze for minutes is dead at the next run, and would count as a failure.
          connection: 'close',
          ...headers,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      return { status: response.status, body: parsed(text), ms: Math.round(performance.now() - startedMs) };
    } catch (error) {
      throw new Error(`no answer: ${causeOf(error)}`, { cause: error });
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch failed` has the reason in its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
