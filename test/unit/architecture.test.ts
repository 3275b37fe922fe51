import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

interface Import {
  readonly file: string;
  /** A path from the root for project files, otherwise the package name as written. */
  readonly target: string;
  readonly isType: boolean;
}

const files = globSync(['{infra,functions,shared}/**/*.ts'], { cwd: ROOT, exclude: ['**/test/**'] });
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const statements = source.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^;'"]*?\sfrom\s+)?'([^']+)'/gm);
  return [...statements].map(([, type, specifier = '']) => ({
    file,
    target: specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), specifier)) : specifier,
    isType: type !== undefined,
  }));
}

/** Fails with a line `file imports specifier` for every import of `room` that no rule allows. */
function expectOnly(room: RegExp, allowed: (imported: Import) => boolean): void {
  const strays = imports.filter((imported) => room.test(imported.file) && !allowed(imported));
  expect(strays.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
}

const isOneOf =
  (...patterns: RegExp[]) =>
  ({ target }: Import) =>
    patterns.some((pattern) => pattern.test(target));
const isPackage = ({ target }: Import) => !/^(infra|functions|shared|test)\//.test(target);

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

function folderImports(all: readonly Import[]): Graph {
  const own = all.filter((imported) => !isPackage(imported));
  return graphOf(own.map(({ file, target }) => [dirname(file), dirname(target)]));
}

function fileImports(all: readonly Import[]): Graph {
  const own = all.filter((imported) => !isPackage(imported));
  return graphOf(own.map(({ file, target }) => [file, target]));
}

function graphOf(edges: readonly (readonly [string, string])[]): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

/** The shortest cycle through each node that is on one, e.g. `a → b → a`. */
function circlesIn(graph: Graph): string[] {
  return [...graph.keys()].flatMap((start) => {
    const paths = [[start]];
    const visited = new Set<string>();
    for (let path = paths.shift(); path; path = paths.shift()) {
      for (const next of graph.get(path.at(-1) ?? start) ?? []) {
        if (next === start) return [[...path, start].join(' → ')];
        if (!visited.has(next)) paths.push([...path, next]);
        visited.add(next);
      }
    }
    return [];
  });
}

describe('architecture', () => {
  it('finds the imports to check', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it('the contract imports only its own parts', () => {
    expectOnly(/^shared\/contract(\/|\.ts$)/, isOneOf(/^shared\/contract\//));
  });

  it('the domain knows no SDK, environment or clock', () => {
    expectOnly(
      /^shared\/domain\//,
      isOneOf(/^shared\/domain\//, /^temporal-polyfill\//, /^ulid$/, /^node:crypto$/),
    );
    const clocks = files
      .filter((file) => file.startsWith('shared/domain/') || file.startsWith('shared/usecases/'))
      .filter((file) =>
        /Date\.now\(|new Date\(\)|Math\.random\(/.test(readFileSync(join(ROOT, file), 'utf8')),
      );
    expect(clocks).toEqual([]);
  });

  it('use cases import adapters as types only', () => {
    expectOnly(
      /^shared\/usecases\//,
      (imported) =>
        isOneOf(/^shared\/(domain|usecases)\//, /^shared\/contract\.ts$/, /^node:crypto$/)(imported) ||
        (imported.isType && imported.target.startsWith('shared/adapters/')),
    );
  });

  it('adapters import the domain, their vendor and their own room, never each other', () => {
    const room = (file: string) => /^shared\/adapters\/(\w+)\//.exec(file)?.[1];
    const isFoundation = isOneOf(
      /^shared\/adapters\/(redis\/redis|dynamodb\/account-codec|http\/keep-alive)\.ts$/,
      /^shared\/(domain\/|contract\.ts)/,
    );
    expectOnly(
      /^shared\/adapters\//,
      (imported) =>
        isPackage(imported) ||
        imported.isType ||
        isFoundation(imported) ||
        (room(imported.target) !== undefined && room(imported.target) === room(imported.file)),
    );
  });

  it('only the composition root imports adapters, besides the codec of stream records', () => {
    expectOnly(/^functions\//, ({ file, target, isType }) => {
      if (!target.startsWith('shared/adapters/')) return !target.startsWith('infra/');
      if (file.startsWith('functions/runtime/composition/')) return true;
      if (file.startsWith('functions/runtime/')) return isType;
      return file.startsWith('functions/projector/') && target.endsWith('/account-change-codec.ts');
    });
  });

  it('handlers call use cases, never stores', () => {
    const storeCall =
      /\b(?:\w*Deps\(\)|deps)\.\w+\.\w+\(|(?:Store|Probe)\(\)\.|\{ (?!now \})[^}]*\} = \w*Deps\(\)/;
    const callers = files
      .filter((file) => file.startsWith('functions/') && !file.startsWith('functions/runtime/'))
      .filter((file) => storeCall.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(callers).toEqual([]);
  });

  it('infrastructure imports the contract, and refers to functions by path', () => {
    const deployed = /^infra\/(?!local\/|stripe-simulator\/|admin-key\/)/;
    expectOnly(
      deployed,
      (imported) => isPackage(imported) || isOneOf(/^shared\/contract\.ts$/, deployed)(imported),
    );
    expectOnly(
      /^infra\/local\//,
      (imported) =>
        isPackage(imported) || isOneOf(/^shared\/contract\.ts$/, /^infra\/(?!stripe-simulator\/)/)(imported),
    );
  });

  it('the command that makes an admin key uses the service’s own use cases, and no other part of infra', () => {
    const own = /^infra\/admin-key\//;
    expectOnly(
      own,
      (imported) =>
        isPackage(imported) ||
        isOneOf(/^shared\/(usecases|adapters|domain)\//, /^shared\/contract\.ts$/, own)(imported),
    );
  });

  it('the Stripe simulator is a package: it imports nothing of the project, and is imported by its name', () => {
    const own = /^infra\/stripe-simulator\//;
    expectOnly(own, isOneOf(own, /^node:/, /^stripe$/));
    const tests = globSync('{test,infra/stripe-simulator/test}/**/*.ts', { cwd: ROOT }).flatMap(importsOf);
    const strays = [...imports, ...tests].filter(
      (imported) => !isPackage(imported) && own.test(imported.file) !== own.test(imported.target),
    );
    expect(strays.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('only the environment schema reads process.env in the service', () => {
    const readers = files
      .filter((file) => /^(functions|shared)\//.test(file))
      .filter((file) => /process\.env/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(readers.filter((file) => file !== 'functions/runtime/env.ts')).toEqual([]);
  });

  it('no cycle of folder imports', () => {
    expect(circlesIn(folderImports(imports))).toEqual([]);
  });

  it('no cycle of file imports', () => {
    expect(circlesIn(fileImports(imports))).toEqual([]);
  });

  it('no folder or file is a catch-all', () => {
    const heaps = files.filter((file) =>
      /(^|\/)(utils?|helpers?|common|misc|types|ports)(\/|\.ts$)/.test(file),
    );
    expect(heaps).toEqual([]);
  });
});
