import type { Experiment, Scene } from './experiment.ts'
import { lasting } from '../until.ts'
import { repeated } from './repeated.ts'

/** Redis promises a second, and may be a second late with it. */
const EVERYSEC_FORGETS_MS = 2_000

function redisKilled(name: string, fsync: 'everysec' | 'always', losesPower: boolean): Experiment {
  const forgetsMs = fsync === 'everysec' ? EVERYSEC_FORGETS_MS : 0
  return {
    name,
    fault: `SIGKILL of Redis (appendfsync ${fsync})${losesPower ? ' that takes unsynced writes along' : ''}, then a restart`,
    bound: `what was claimed and not settled${forgetsMs > 0 ? `, or was confirmed in the ${forgetsMs} ms before` : ''}`,
    fsync,
    losesPower,
    peers: true,
    run: (scene) => repeated(scene, () => killAndRestart(scene, forgetsMs)),
  }
}

export function killAndRestart({ server, dice, strike }: Scene, forgetsMs: number): Promise<void> {
  const down = async (): Promise<void> => {
    await server.kill()
    await lasting(dice.between(50, 700))
    await server.restart()
  }
  return strike('redis SIGKILL', '*', down, forgetsMs)
}

export const redisKilledEverysec: Experiment = redisKilled('redis-killed-everysec', 'everysec', false)
export const redisKilledAlways: Experiment = redisKilled('redis-killed-always', 'always', false)
export const powerLostEverysec: Experiment = redisKilled('power-lost-everysec', 'everysec', true)
export const powerLostAlways: Experiment = redisKilled('power-lost-always', 'always', true)
