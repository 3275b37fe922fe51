import { listJobRuns } from '../../shared/usecases/jobs/list-job-runs.ts';
import { listJobRunsRequest } from '../http/requests/job-options.ts';
import { pageAsked } from '../http/requests/page.ts';
import { isJob, jobRunsView, unknownJob } from '../http/responses/job-view.ts';
import { httpRoute } from '../http/route.ts';
import { jobDeps } from '../runtime/composition/core.ts';

/** Returns a page of a job's runs, newest first, with counts, durations and errors. */
export const route = httpRoute('listJobRuns', listJobRunsRequest, async ({ path, query }) => {
  if (!isJob(path.name)) return { problem: unknownJob(path.name) };
  const deps = jobDeps();
  const page = await listJobRuns(deps, path.name, pageAsked(query));
  return { status: 200, body: jobRunsView(path.name, page, deps.now()) };
});
