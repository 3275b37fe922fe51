import { expect, vi } from 'vitest';
import type { LocalStack } from '../../infra/local/local-stack.ts';
import type { JobName } from '../../shared/contract.ts';

export interface AdminCall {
  /** @default adminKey */
  readonly key?: 'adminKey' | 'serviceKey';
  /** Makes it a POST. */
  readonly body?: object;
  /** @default POST with a body, GET without */
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Besides the key and the type of the body. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed if it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests assert its shape.
  readonly body: any;
}

/** A run, as recorded. */
export type RecordedRun = AdminAnswer['body'];

/** The API over HTTP, as an administrator calls it. */
export interface AdminApi {
  call(path: string, request?: AdminCall): Promise<AdminAnswer>;
  /** Starts a job, and waits for the record of its end. */
  run(job: JobName, options?: object): Promise<RecordedRun>;
  /** The newest runs of a job. */
  runsOf(job: JobName): Promise<RecordedRun[]>;
}

/** @param stack a local stack that runs by the time of the first call */
export function adminApi(stack: () => LocalStack): AdminApi {
  const call: AdminApi['call'] = async (path, { key = 'adminKey', body, method, headers: more } = {}) => {
    const response = await fetch(stack().url + path, {
      method: method ?? (body ? 'POST' : 'GET'),
      headers: { authorization: `Bearer ${stack()[key]}`, 'content-type': 'application/json', ...more },
      ...(body && { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    const text = await response.text();
    const isJson = headers.get('content-type')?.includes('json');
    return { status, headers, text, body: isJson ? JSON.parse(text) : undefined };
  };
  const runsOf: AdminApi['runsOf'] = async (job) =>
    (await call(`/v1/admin/jobs/${job}/runs?limit=100`)).body.runs;

  async function start(job: JobName, options: object): Promise<AdminAnswer> {
    const answer = await call(`/v1/admin/jobs/${job}`, { body: options });
    // The stack's schedules keep running: a run of theirs is waited for, as the answer instructs.
    expect(answer.status).not.toBe(409);
    return answer;
  }

  async function run(job: JobName, options: object = {}): Promise<RecordedRun> {
    const started = await vi.waitFor(() => start(job, options), { timeout: 60_000, interval: 500 });
    const runs = `/v1/admin/jobs/${job}/runs`;
    const queued = { job, options, state: 'queued', endedAt: null, runs };
    expect(started).toMatchObject({ status: 202, body: queued });
    expect(started.headers.get('location')).toBe(runs);
    const record = await vi.waitFor(
      async () => {
        const found = (await runsOf(job)).find(({ runId }) => runId === started.body.runId);
        expect(found).toMatchObject({ endedAt: expect.any(String) });
        return found;
      },
      { timeout: 120_000, interval: 100 },
    );
    expect(record).toMatchObject({ job, options, trigger: { kind: 'request' } });
    expect(record.durationMs).toBe(Date.parse(record.endedAt) - Date.parse(record.startedAt));
    return record;
  }

  return { call, run, runsOf };
}
