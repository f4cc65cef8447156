import type { Scene } from './experiment.ts'

/** Load, fault, load, as often as the size says. */
export async function repeated(scene: Scene, fault: (round: number) => Promise<void>): Promise<void> {
  await scene.rest()
  for (let round = 0; round < scene.size.rounds; round++) {
    await fault(round)
    await scene.rest()
  }
}
