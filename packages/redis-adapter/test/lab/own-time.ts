const TICK_MS = 20
/** A tick that comes later than this was kept waiting by the machine, or by work of our own, which counts. */
const ON_TIME_MS = 1.25 * TICK_MS

let passedMs = 0
let countedAt = performance.now()
let usage = process.cpuUsage()

/**
 * Milliseconds in which this process could run, for promises of how long something takes: on a machine that is busy with other things a
 * second is not a second. What the process itself computes is counted in full.
 */
export function ownTime(): number {
  const now = performance.now()
  const { user, system } = process.cpuUsage(usage)
  passedMs += Math.min(now - countedAt, Math.max(ON_TIME_MS, (user + system) / 1_000))
  countedAt = now
  usage = process.cpuUsage()
  return passedMs
}

setInterval(ownTime, TICK_MS).unref()
