export { FaultProxy } from './fault-proxy.ts'
export { startProxiedCluster, ProxiedCluster, type Side } from './proxied-cluster.ts'
export { BLACKHOLE, CALM, type Weather } from './link.ts'
