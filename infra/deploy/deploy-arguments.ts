import { parseArgs } from 'node:util';

export interface DeployArguments {
  /** The stage to deploy; undefined if none is named. */
  readonly stage: string | undefined;
  /** The settings of `-c name=value`. */
  readonly context: Readonly<Record<string, string>>;
  /** The arguments for `cdk deploy`: all others, in their order. */
  readonly rest: readonly string[];
  /** Operands and values of options among them, without settings. */
  readonly words: readonly string[];
}

/**
 * Reads the arguments of `npm run deploy --`.
 *
 * @throws Error if `--stage` has no value, or `-c` none of the form `name=value`
 */
export function readDeployArguments(args: readonly string[]): DeployArguments {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  const options = tokens.filter((token) => token.kind === 'option');
  const stages = options.filter(({ name }) => name === 'stage');
  if (stages.some(({ value }) => !value))
    throw new Error('--stage: expected the name of a stage, as in --stage staging');
  const settings = options.filter(({ name }) => name === 'context');
  const taken = stages.flatMap(({ index, inlineValue }) => (inlineValue ? [index] : [index, index + 1]));
  const words = tokens.filter((token) => token.kind === 'positional' || !(Object(token).name in OPTIONS));
  return {
    stage: stages.at(-1)?.value,
    context: Object.assign({}, ...settings.map(({ value }) => assignment(value))),
    rest: args.filter((_, index) => !taken.includes(index)),
    words: words.flatMap((token) => ('value' in token && token.value ? [token.value] : [])),
  };
}

const OPTIONS = {
  stage: { type: 'string' },
  context: { type: 'string', short: 'c', multiple: true },
} as const;

function assignment(value: string | undefined): Record<string, string> {
  const [, name, text] = /^([^=]+)=(.*)$/s.exec(value ?? '') ?? [];
  if (name === undefined || text === undefined)
    throw new Error(`-c ${value ?? ''}: expected name=value, as in -c logLevel=DEBUG`);
  return { [name]: text };
}
