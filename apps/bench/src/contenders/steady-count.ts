const STEADY_FOR_MS = 300
const LOOK_EVERY_MS = 50
const AT_MOST_MS = 10_000

/** What a server counts that works through acknowledgements a moment after they came, once it no longer changes. */
export async function steadyCount(read: () => Promise<number>): Promise<number> {
  let count = await read()
  let changedAt = performance.now()
  const giveUpAt = changedAt + AT_MOST_MS
  while (count > 0 && performance.now() < giveUpAt && performance.now() - changedAt < STEADY_FOR_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    const now = await read()
    if (now !== count) changedAt = performance.now()
    count = now
  }
  return count
}
