// TLS by options of a url: an authority of one's own, a certificate of the client, and all nodes of a cluster.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBroker } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisAdapterOptions } from '@mq/redis-adapter'
import { freePort, startCluster, startRedis } from '@mq/redis-server'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { createCertificate } from '../lab/certificate.ts'
import { createRecorder } from '../lab/recorder.ts'

const directory = await mkdtemp(join(tmpdir(), 'mq-tls-'))
afterAll(() => rm(directory, { recursive: true, force: true }))
const { cert, key, certFile, keyFile } = createCertificate(directory)
/** The server's certificate is its own authority, and the clients' too. */
const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certFile]

function open(options: RedisAdapterOptions): Broker {
  const broker = createBroker(redisAdapter(options), createRecorder().options)
  onTestFinished(() => broker.close({ deadlineMs: 0 }))
  return broker
}

async function worksWith(options: RedisAdapterOptions): Promise<void> {
  const broker = open(options)
  await broker.ready({ timeoutMs: 20_000 })
  const names = Array.from({ length: 6 }, (_, i) => `q-${i}`)
  for (const name of names) broker.queue(name).process((payload) => payload)
  const tasks = await Promise.all(names.map((name) => broker.queue(name).enqueue(name)))
  expect(await Promise.all(tasks.map((task) => task.result({ timeoutMs: 20_000 })))).toEqual(names)
}

it('a server whose authority and whose certificate for the client are given', async () => {
  const port = await freePort()
  await using _server = await startRedis({ args: [...files, '--tls-port', String(port), '--tls-auth-clients', 'yes'] })
  const url = `rediss://127.0.0.1:${port}`
  await worksWith({ url, tls: { ca: cert, cert, key } })
  await worksWith({ url, tls: { rejectUnauthorized: false, cert, key } })
  // What is missing is named.
  await expect(open({ url }).ready({ timeoutMs: 1_000 })).rejects.toThrow(/self-signed certificate/)
  await expect(open({ url, tls: { ca: cert } }).ready({ timeoutMs: 1_000 })).rejects.toThrow(/not ready/)
  await expect(open({ url, tls: { ca: 'no PEM' } }).ready({ timeoutMs: 1_000 })).rejects.toThrow(/self-signed|PEM/)
})

it('every node of a cluster whose clients use TLS', async () => {
  const tlsPorts = [await freePort(), await freePort(), await freePort()]
  await using cluster = await startCluster({ args: [...files, '--tls-auth-clients', 'no'], tlsPorts })
  expect(cluster.masters).toHaveLength(3)
  const urls = tlsPorts.map((port) => `rediss://127.0.0.1:${port}`)
  await worksWith({ url: urls[1]!, tls: { ca: cert } })
  await worksWith({ urls, tls: { ca: cert } })
})
