import type { Contender } from './contender.ts'
import { connectGroupmqTenants } from './tenants.ts'

/** Of its own kind: each task has a group, so it takes part where tenants share a queue. */
export const groupmq: Contender = {
  name: 'groupmq',
  package: 'groupmq',
  title: (version) => `groupmq ${version}`,
  settings: 'finished jobs removed, auto-pipelining for adding',
  connectTenants: connectGroupmqTenants,
  connectProducer: () => Promise.reject(new Error('groupmq takes part where tenants share a queue')),
  connectWorker: () => Promise.reject(new Error('groupmq takes part where tenants share a queue')),
}
