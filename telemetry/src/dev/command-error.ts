/** An error with a message for the user and the exit code of the command. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(sentence: string, exitCode = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

/** The exit codes of a shell: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02 */
export const exitCodes = { usage: 2, notExecutable: 126, notFound: 127, signal: 128 };
