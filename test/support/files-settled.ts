/** For tests in virtual time whose subject writes real files: how long a disk takes must decide nothing. */

/** What Node calls operations of `node:fs/promises` that are under way. */
const FILE_WORK = new Set(["FSReqPromise", "CloseReq"]);

/** Resolves once no file of this process is being read or written; virtual time stands still meanwhile. */
export async function filesSettled(): Promise<void> {
  do await new Promise<void>((resolve) => setImmediate(resolve));
  while (process.getActiveResourcesInfo().some((name) => FILE_WORK.has(name)));
}
