// Workers that mostly sleep, so that tasks come with their hints.
import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { CrewPlan } from '../crew/crew-plan.ts'
import { lasting } from '../until.ts'
import { cutReplies } from './cut-replies.ts'
import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'
import { workerStopped } from './worker-stopped.ts'

const idle = (): Partial<CrewPlan> => ({
  producer: { ...USUAL_CREW.producer, lanes: 1, pauseMs: [10, 60], workMs: [0, 30], padPieces: [0, 4], delayed: 0.05 },
  worker: { ...USUAL_CREW.worker, concurrency: 2 },
})

const STRIKES = 5
/** In which hints are lost. */
const DEAF_MS = [50, 400] as const

export const grantsKilled: Experiment = {
  name: 'grants-killed',
  fault: `workers sleep most of the time; SIGKILL of one, and another takes its place, ${STRIKES} times in a row`,
  bound: 'what the killed one had',
  crew: idle,
  long: true,
  peers: false,
  run: (scene) =>
    repeated(scene, async () => {
      for (let i = 0; i < STRIKES; i++) {
        const victim = scene.dice.oneOf(scene.crew.workers)
        await scene.strike('SIGKILL', [victim.proc], () => victim.kill())
        await scene.crew.replace()
        await lasting(scene.dice.between(20, 200))
      }
    }),
}

export const grantsStopped: Experiment = {
  name: 'grants-stopped',
  fault: 'workers sleep most of the time; SIGSTOP of one for three leases, then SIGCONT',
  bound: 'what the stopped one had',
  crew: idle,
  steady: true,
  peers: false,
  run: workerStopped.run,
}

export const grantsCut: Experiment = {
  name: 'grants-cut',
  fault: `workers sleep most of the time; the connections for hints are held up for ${DEAF_MS.join('–')} ms and reset, and replies of scripts cut, ${STRIKES} times in a row`,
  bound: '0: what did not arrive is given again, and what arrives twice is begun once',
  proxied: true,
  // No worker is struck for as long as a lease.
  crew: () => ({ ...idle(), leaseMs: 6_000 }),
  peers: false,
  run: (scene) =>
    repeated(scene, () =>
      scene.strike('hints and replies cut', [], async () => {
        for (let i = 0; i < STRIKES; i++) {
          const deaf = scene.proxy.links('subscriber')
          for (const link of deaf) link.weather = { holdReplies: true }
          await lasting(scene.dice.between(...DEAF_MS))
          for (const link of deaf) link.reset()
          await cutReplies(scene, 1)
        }
      }),
    ),
}

export const grantsPaused: Experiment = {
  name: 'grants-paused',
  fault:
    'workers sleep most of the time; the queue is paused and resumed, dead letters are redriven, and workers get SIGTERM',
  bound: '0: a worker that ends gives back what it has',
  crew: () => ({ ...idle(), operators: 1 }),
  steady: true,
  peers: false,
  run: (scene) =>
    repeated(scene, async () => {
      for (let i = 0; i < STRIKES; i++) {
        const victim = scene.dice.oneOf(scene.crew.workers)
        await scene.strike('SIGTERM', [], async () => {
          victim.signal('SIGTERM')
          await victim.stopped(15_000)
        })
        await scene.crew.replace()
        await lasting(scene.dice.between(20, 200))
      }
    }),
}
