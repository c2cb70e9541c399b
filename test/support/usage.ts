/** Exit code 2 for a command of `bench` or `scenario` that was called wrongly. */

/** Runs `work`; options that it does not know are told in one line, with `usage` behind it. */
export async function orUsage<T>(usage: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isWrongOption(error)) throw error;
    process.stderr.write(`${error.message}\n${usage}\n`);
    process.exit(2);
  }
}

function isWrongOption(error: unknown): error is Error {
  return error instanceof Error && /^ERR_PARSE_ARGS/.test((error as NodeJS.ErrnoException).code ?? "");
}
