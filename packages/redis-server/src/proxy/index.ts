export { FaultProxy } from './fault-proxy.ts'
export { BLACKHOLE, CALM, type Weather } from './link.ts'
