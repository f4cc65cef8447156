import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'

const GROUPS = ['audit']

export const channelOrder: Experiment = {
  name: 'channel-order',
  fault: 'none; two publishers that wait for each receipt, a group with one member, one message at a time',
  bound: '0; numbers follow the receipts, and handlers begin in the order of the numbers',
  crew: () => ({
    producers: 0,
    workers: 0,
    publishers: 2,
    groups: GROUPS,
    members: 1,
    publisher: { ...USUAL_CREW.publisher, pauseMs: [0, 4], durable: true },
    member: { ...USUAL_CREW.member, concurrency: 1 },
  }),
  expected: { groups: GROUPS, orderedGroups: GROUPS },
  steady: true,
  long: true,
  peers: false,
  run: (scene) => repeated(scene, () => scene.rest()),
}
