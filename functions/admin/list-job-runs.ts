import { isJob, jobRunsView, unknownJob } from '../replies/job-view.ts';
import { jobDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { listJobRunsRequest } from '../schemas/job-options.ts';
import { pageAsked } from '../schemas/page.ts';

/** A job's runs, the newest first: what they did, how long it took, and what went wrong. */
export const handler = httpHandler('listJobRuns', listJobRunsRequest, async ({ path, query }) => {
  if (!isJob(path.name)) return { problem: unknownJob(path.name) };
  const { jobs, now } = jobDeps();
  const { limit, after } = pageAsked(query);
  const page = await jobs.page(path.name, limit, after);
  return { status: 200, body: jobRunsView(path.name, page, now()) };
});
