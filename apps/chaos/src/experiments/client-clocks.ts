import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { Hand } from '../crew/hand.ts'
import type { Experiment, Scene } from './experiment.ts'
import { killAll } from './kill-all.ts'
import { repeated } from './repeated.ts'

const GROUPS = ['mail']
const MINUTE_S = 60
const STEPS_S = [-120, -5, 5, 120].map((minutes) => minutes * MINUTE_S)
const STEPS = 2

/**
 * Instants that processes share are the server's: what a process thinks that time it is changes nothing for anybody.
 */
export const clientClocks: Experiment = {
  name: 'client-clocks',
  fault:
    'the wall clock of each process steps by 5 minutes or 2 hours, ahead or back, each by its own, and that of Redis does not; with delays, retries, cancels, redrives, pauses and a group; then a worker and a member are killed',
  bound: 'what the killed ones had claimed and not settled; delays and retries are due by the time of Redis',
  stepsClients: true,
  crew: () => ({
    workers: 2,
    // Few, so that nothing waits for a free worker: what comes late comes late by a clock.
    producer: { ...USUAL_CREW.producer, lanes: 1, pauseMs: [10, 40], mixed: 0.5, delayed: 0.3, failing: 0.1 },
    operators: 1,
    publishers: 1,
    publisher: { ...USUAL_CREW.publisher, durable: true, failing: 0.1 },
    groups: GROUPS,
  }),
  expected: { groups: GROUPS, dueWithinMs: 20_000 },
  steady: true,
  peers: false,
  run: (scene) =>
    repeated(scene, async () => {
      for (let i = 0; i < STEPS; i++) {
        // It ends no process, so every task that runs twice because of it is beyond the bound.
        await scene.strike('clock steps', [], async () => stepAll(scene))
        await scene.rest()
      }
      const victims = (['worker', 'member'] as const).map((role) => oneOf(scene, role))
      await killAll(scene, victims)
      await scene.crew.replace()
      await scene.crew.replaceMember(victims[1]!)
    }),
}

function stepAll({ crew, clocks, dice }: Scene): void {
  for (const { proc } of [...crew.producers, ...crew.workers]) clocks!.step(proc, dice.oneOf(STEPS_S))
}

function oneOf({ crew, dice }: Scene, role: Hand['role']): Hand {
  return dice.oneOf(crew.workers.filter((hand) => hand.role === role))
}
