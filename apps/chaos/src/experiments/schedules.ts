import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { Hand } from '../crew/hand.ts'
import { lasting } from '../until.ts'
import { cutReplies } from './cut-replies.ts'
import type { Experiment, Scene } from './experiment.ts'
import { killAll } from './kill-all.ts'
import { killAndRestart } from './redis-killed.ts'
import { repeated } from './repeated.ts'
import { stopFor } from './stop-for.ts'

const SCHEDULERS = 3
const CUTS = 5
const { names } = USUAL_CREW.scheduler
/** Of the full profile: twenty schedules that tick ten times a second. */
const TICKS_LAST_MS = 50_000

const crew = {
  producers: 1,
  workers: 1,
  schedulers: SCHEDULERS,
  producer: { ...USUAL_CREW.producer, lanes: 1, pauseMs: [10, 40] },
} as const

const schedulersOf = ({ crew: { workers } }: Scene): Hand[] => workers.filter(({ role }) => role === 'scheduler')

/** A tick is done once, whoever comes, and however it ends for him. */
export const schedules: Experiment = {
  name: 'schedules',
  fault: `${SCHEDULERS} schedulers tick ${names.length} schedules every ${USUAL_CREW.scheduler.everyMs} ms and set them anew meanwhile: ${CUTS} replies are cut, one is stopped by SIGSTOP for one and a half leases, one is killed and replaced, all are killed and replaced after a second`,
  bound: '0 of the ticks: each instant of each schedule has one task (10,000 in the full profile)',
  proxied: true,
  crew: () => crew,
  expected: { schedules: names.length },
  steady: true,
  peers: false,
  async run(scene) {
    const beganAt = performance.now()
    await repeated(scene, async () => {
      await scene.strike('replies cut', '*', () => cutReplies(scene, CUTS))
      const stopped = scene.dice.oneOf(schedulersOf(scene))
      await stopFor(scene, stopped, 1.5 * scene.leaseMs)
      await replaced(scene, [scene.dice.oneOf(schedulersOf(scene))], 0)
      await scene.rest()
      await replaced(scene, schedulersOf(scene), 1_000)
    })
    if (scene.size.rounds > 1) await lasting(TICKS_LAST_MS - (performance.now() - beganAt))
  },
}

/** What the server forgets of a tick it forgets of its task. */
export const schedulesRedisKilled: Experiment = {
  name: 'schedules-redis-killed',
  fault: `SIGKILL of Redis (appendfsync everysec), then a restart, while ${SCHEDULERS} schedulers tick ${names.length} schedules and set them anew`,
  bound: '0 of the ticks: each instant of each schedule has one task',
  fsync: 'everysec',
  crew: () => crew,
  expected: { schedules: names.length },
  steady: true,
  peers: false,
  run: (scene) => repeated(scene, () => killAndRestart(scene, 2_000)),
}

async function replaced(scene: Scene, victims: readonly Hand[], awayMs: number): Promise<void> {
  await killAll(scene, victims, awayMs)
  await Promise.all(victims.map(() => scene.crew.join(scene.crew.addScheduler())))
}
