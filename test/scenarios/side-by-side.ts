/** Worlds that mostly wait for their lines, several at the same time. */

/** Does `work` for every job, at most `parallel` at once; results in the order in which they end. */
export async function sideBySide<Job, Result>(
  jobs: readonly Job[],
  parallel: number,
  work: (job: Job) => Promise<Result>,
): Promise<Result[]> {
  const waiting = [...jobs];
  const results: Result[] = [];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) results.push(await work(job));
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}
