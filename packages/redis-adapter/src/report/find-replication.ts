import type { StorageFinding } from '@mq/core/adapter'
import { error, ok, warning } from './finding.ts'
import type { Observed } from './observed.ts'

const FAR_BEHIND_BYTES = 10_485_760

/** Whether there is another server that has the tasks, too. */
export function findReplication({ info, awaited }: Observed): StorageFinding[] {
  const found: StorageFinding[] = []
  if (info.text('role') === 'slave') {
    found.push(error('replica', 'This server is a replica: it refuses writes. Connect to its master.'))
  }
  const replicas = info.replicas()
  const online = replicas.filter((replica) => replica.online)
  if (online.length < awaited) {
    const text = `Enqueues wait for ${awaited} replicas, and ${online.length} follow: each is answered with "unavailable".`
    found.push(error('replicas-missing', text))
  }
  if (online.length < replicas.length) {
    const text = `${replicas.length - online.length} of ${replicas.length} replicas are still being filled.`
    found.push(warning('replica-not-ready', text))
  }
  const behind = Math.max(0, ...online.map((replica) => replica.behind))
  if (behind > FAR_BEHIND_BYTES) {
    const text = `A replica is ${Math.round(behind / 1_048_576)} MiB behind: a failover to it would lose as much.`
    found.push(warning('replica-behind', text))
  }
  if ((info.text('redis_mode') ?? info.text('server_mode')) === 'cluster') {
    found.push(ok('one-node', 'This is one node of a cluster: the report is about it alone.'))
  }
  return found
}
