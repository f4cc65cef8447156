import { Cluster } from 'ioredis'
import { expect, it } from 'vitest'
import { nodesOf } from '../../src/cluster/given-cluster.ts'

/** By which names ioredis asks for an address: those of its own. */
it.each([
  ['10.0.0.1', '10.0.0.1:7000'],
  ['fd00::1', 'fd00::1:7000'],
  ['node.example', 'node.example:7000'],
])('the natMap of a Cluster has the node %s by its name there, %s', (host, name) => {
  const outside = { host: '192.0.2.1', port: 17_000 }
  const asked: string[] = []
  const maps = [
    { [name]: outside },
    (key: string) => {
      asked.push(key)
      return key === name ? outside : null
    },
  ]
  for (const natMap of maps) {
    const cluster = new Cluster([{ host, port: 7_000 }], { lazyConnect: true, natMap })
    expect(nodesOf(cluster).locate({ host, port: 7_000 })).toEqual(outside)
    expect(nodesOf(cluster).locate({ host, port: 7_001 })).toEqual({ host, port: 7_001 })
    cluster.disconnect()
  }
  expect(asked).toContain(name)
})
