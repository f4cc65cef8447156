import { cutReplies } from './cut-replies.ts'
import type { Experiment } from './experiment.ts'
import { CALM } from '@mq/redis-server/proxy'
import type { Weather } from '@mq/redis-server/proxy'
import { TRUE_WITHIN_MS } from './health.ts'
import { lasting } from '../until.ts'
import { repeated } from './repeated.ts'

const IN_FLIGHT = 'what was claimed and not settled'

/** Held up for longer than a lease, so that others take over what nobody can prolong. */
function held(name: string, fault: string, weather: Weather): Experiment {
  return {
    name,
    fault,
    bound: IN_FLIGHT,
    proxied: true,
    expected: { healthWithinMs: TRUE_WITHIN_MS },
    peers: true,
    run: (scene) =>
      repeated(scene, async () => {
        await scene.strike(name, '*', async () => {
          scene.proxy.weather = weather
          await lasting(scene.leaseMs * scene.dice.between(15, 25) * 0.1)
        })
        // Recorded as over just before it is: what arrives at once was not sent during it.
        scene.proxy.weather = CALM
      }),
  }
}

export const blackhole: Experiment = held('blackhole', 'nothing arrives, either way, for 1.5–2.5 leases; no FIN', {
  holdCommands: true,
  holdReplies: true,
})
export const commandsHeld: Experiment = held('half-open-commands', 'commands do not arrive for 1.5–2.5 leases', {
  holdCommands: true,
})
export const repliesHeld: Experiment = held('half-open-replies', 'replies do not arrive for 1.5–2.5 leases', {
  holdReplies: true,
})

export const latency: Experiment = {
  name: 'latency',
  fault: 'each chunk takes 100–150 ms, each way',
  bound: '0: no lease is lost because the network is slow',
  proxied: true,
  crew: () => ({ leaseMs: 3_000 }),
  peers: true,
  run: (scene) =>
    repeated(scene, () =>
      scene.strike('latency', [], async () => {
        scene.proxy.weather = { latencyMs: 100 }
        await lasting(2 * scene.size.restMs)
        scene.proxy.weather = CALM
      }),
    ),
}

const STORM_MS = 1_500

export const resets: Experiment = {
  name: 'resets',
  fault: `all connections are reset every 50–200 ms, for ${STORM_MS} ms`,
  bound: IN_FLIGHT,
  proxied: true,
  peers: true,
  run: (scene) =>
    repeated(scene, () =>
      scene.strike('resets', '*', async () => {
        for (const begin = performance.now(); performance.now() - begin < STORM_MS;) {
          scene.proxy.reset()
          await lasting(scene.dice.between(50, 200))
        }
      }),
    ),
}

const CUTS = 5

export const repliesCut: Experiment = {
  name: 'replies-cut',
  fault: `a script is executed and its reply is replaced by a reset, ${CUTS} times in a row`,
  bound: '0: the repeated call gets the reply of the first and does nothing',
  proxied: true,
  // No worker is struck for as long as a lease.
  crew: () => ({ leaseMs: 3_000 }),
  peers: true,
  run: (scene) => repeated(scene, () => scene.strike('replies cut', [], () => cutReplies(scene, CUTS))),
}
