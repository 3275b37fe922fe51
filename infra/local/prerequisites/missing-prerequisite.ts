/** Something this machine lacks and that could not be fetched; the message says in one line what to install. */
export class MissingPrerequisite extends Error {
  override readonly name = 'MissingPrerequisite';
}
