import { cutReplies } from './cut-replies.ts'
import type { Experiment, Scene } from './experiment.ts'
import { killAll } from './kill-all.ts'
import { killAndRestart } from './redis-killed.ts'
import { repeated } from './repeated.ts'
import { stopFor } from './stop-for.ts'

const CUTS = 8

/** A task whose workers are struck again and again is given up: leases that outlast a busy machine. */
const crew = { producers: 0, workers: 0, flowProducers: 2, flowWorkers: 3, leaseMs: 3_000 } as const

const WHAT =
  'tasks run after 1–70 others over two queues, whose parents die now and then (`onDead` bury, run or cancel), and enqueue what follows them, in their handler or with `next`'

/** Whoever dies amid a flow leaves it to others, and nobody runs before its parents. */
export const flows: Experiment = {
  name: 'flows',
  fault: `${WHAT}: a worker is killed and replaced, one stands still for more than a lease, ${CUTS} replies are cut, all workers are killed and replaced`,
  bound: 'what was claimed and not settled; each child runs once its parents have ended, as declared',
  proxied: true,
  crew: () => crew,
  expected: { flows: true },
  peers: false,
  run: (scene) =>
    repeated(scene, async () => {
      const first = scene.dice.between(0, 3)
      for (let i = 0; i < 4; i++) await strike(scene, (first + i) % 4)
    }),
}

/** What the server knows of a flow it knows afterwards. */
export const flowsRedisKilledAlways: Experiment = {
  name: 'flows-redis-killed-always',
  fault: `SIGKILL of Redis (appendfsync always), then a restart, in the same load`,
  bound: 'what was claimed and not settled; each child runs once its parents have ended, as declared',
  fsync: 'always',
  crew: () => crew,
  expected: { flows: true },
  steady: true,
  peers: false,
  run: (scene) => repeated(scene, () => killAndRestart(scene, 0)),
}

async function strike(scene: Scene, kind: number): Promise<void> {
  const victim = scene.dice.oneOf(scene.crew.workers)
  switch (kind) {
    case 0:
      return replaced(scene, [victim])
    case 1:
      return stopFor(scene, victim, scene.leaseMs * 1.6)
    case 2:
      return scene.strike('replies cut', '*', () => cutReplies(scene, CUTS, [10, 100]))
    default:
      return replaced(scene, scene.crew.workers)
  }
}

/** By others that are there already. Chores that they had taken over wait for these. */
async function replaced(scene: Scene, victims: Scene['crew']['workers']): Promise<void> {
  const others = victims.map(() => scene.crew.addFlowWorker())
  await Promise.all(others.map((other) => other.ready()))
  await killAll(scene, victims)
  scene.crew.begin(others)
}
