/** A form as Stripe parses it: brackets in names make objects and lists. */
export type FormValue = string | FormObject | FormValue[];
export interface FormObject {
  [name: string]: FormValue;
}

interface Branch {
  readonly entries: Map<string, Branch | string>;
  appended: number;
}

const newBranch = (): Branch => ({ entries: new Map(), appended: 0 });

/**
 * Parses `application/x-www-form-urlencoded`, in a body or a query: `a[b]=1` is an object, `a[]=1` and
 * `a[0]=1` are lists. The last value of a repeated name counts.
 */
export function parseForm(text: string): FormObject {
  const root = newBranch();
  for (const [name, value] of new URLSearchParams(text)) put(root, pathOf(name), value);
  return toObject(root);
}

function pathOf(name: string): string[] {
  const open = name.indexOf('[');
  if (open <= 0 || !name.endsWith(']')) return [name];
  return [name.slice(0, open), ...name.slice(open + 1, -1).split('][')];
}

function put(branch: Branch, [name = '', ...rest]: string[], value: string): void {
  const key = name === '' ? String(branch.appended++) : name;
  const next = rest[0];
  if (next === undefined) {
    branch.entries.set(key, value);
    return;
  }
  const known = branch.entries.get(key);
  const below = known === undefined || typeof known === 'string' ? newBranch() : known;
  branch.entries.set(key, below);
  put(below, rest, value);
}

function toValue(node: Branch | string): FormValue {
  if (typeof node === 'string') return node;
  const keys = [...node.entries.keys()];
  if (!keys.every((key) => /^\d+$/.test(key))) return toObject(node);
  return [...node.entries.entries()]
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, below]) => toValue(below));
}

function toObject(branch: Branch): FormObject {
  // Without a prototype: a parameter may have any name.
  const object: FormObject = Object.create(null);
  for (const [key, below] of branch.entries) object[key] = toValue(below);
  return object;
}
