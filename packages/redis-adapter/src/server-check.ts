import { MqError } from '@mq/core/adapter'

const LEAST_MAJOR = 7

/**
 * Refuses a server with which mq cannot keep its promises: too old for the scripts, or one that may evict keys when its
 * memory is full. Reads the text of `INFO`, which needs fewer rights than `CONFIG GET`.
 */
export function checkServer(info: string): ServerFacts {
  const version = field(info, 'redis_version') ?? ''
  const major = Number.parseInt(version, 10)
  if (!(major >= LEAST_MAJOR)) {
    throw new MqError(
      'server-unsupported',
      `Redis ${LEAST_MAJOR}.0 or Valkey 7.2 is needed, this is ${version || 'unknown'}`,
    )
  }
  const policy = field(info, 'maxmemory_policy') ?? 'noeviction'
  if (policy.startsWith('allkeys-')) {
    throw new MqError(
      'server-unsupported',
      `maxmemory-policy is ${policy}: a full server would delete tasks. Set it to noeviction`,
    )
  }
  // Valkey has another name for the field.
  const clustered = (field(info, 'redis_mode') ?? field(info, 'server_mode')) === 'cluster'
  const isReplica = field(info, 'role') === 'slave'
  const replicaOf = isReplica ? `${field(info, 'master_host') ?? '?'}:${field(info, 'master_port') ?? '?'}` : undefined
  return { clustered, runId: field(info, 'run_id') ?? '', replicaOf }
}

export interface ServerFacts {
  /** It is a node of a cluster. */
  readonly clustered: boolean
  readonly runId: string
  /** Where its master is. */
  readonly replicaOf: string | undefined
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
}
