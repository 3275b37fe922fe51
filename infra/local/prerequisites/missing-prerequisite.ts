/** This machine lacks a program that could not be installed; the message is one line with what to install. */
export class MissingPrerequisite extends Error {
  override readonly name = 'MissingPrerequisite';
}
