/** `npm run smoke`: calls every route of a deployment; see `USAGE`. */
import { resultRow, summary, TABLE_HEAD } from './result-table.ts';
import { smoke } from './smoke.ts';
import { InvalidOption, readOptions, type SmokeOptions, USAGE } from './smoke-options.ts';

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') console.log(USAGE);
  else await run(options);
} catch (error) {
  if (!(error instanceof InvalidOption)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}

async function run({ isJson, ...options }: SmokeOptions): Promise<void> {
  if (!isJson) console.log(TABLE_HEAD);
  const report = await smoke(options, (result) => {
    if (!isJson) console.log(resultRow(result));
  });
  console.log(isJson ? JSON.stringify(report, null, 2) : summary(report));
  process.exitCode = report.isPassed ? 0 : 1;
}
