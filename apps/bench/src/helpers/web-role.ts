import { findContender } from '../contenders/all.ts'
import type { WebServer } from '../contenders/contender.ts'
import { startProfile } from '../profile.ts'
import type { Role } from './helper.ts'

export type WebOrder =
  | { readonly act: 'serve'; readonly contender: string; readonly url: string }
  /** From here to `end`. */
  | { readonly act: 'begin'; readonly profile: string | undefined }
  | { readonly act: 'end' | 'close' }

let server: WebServer | undefined
let endProfile: (() => Promise<void>) | undefined
let begunAt: NodeJS.CpuUsage | undefined

/** What is measured of the process. */
interface Usage {
  cpuUsage(since?: NodeJS.CpuUsage): NodeJS.CpuUsage
}

/** A web server in a process of its own: answers its origin, and what it took of the processor, µs. */
export function webRole(host: Usage): Role {
  return async (message) => obey(message as WebOrder, host)
}

async function obey(order: WebOrder, host: Usage): Promise<unknown> {
  if (order.act === 'serve') {
    server = await findContender(order.contender)!.web!.serve(order.url)
    return server.origin
  }
  if (order.act === 'begin') {
    endProfile = order.profile === undefined ? undefined : await startProfile(order.profile)
    begunAt = host.cpuUsage()
    return undefined
  }
  if (order.act === 'close') return void (await server?.close())
  const { user, system } = host.cpuUsage(begunAt)
  await endProfile?.()
  return user + system
}
