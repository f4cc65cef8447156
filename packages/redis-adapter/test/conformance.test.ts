import { conformanceOn } from './lab/conformance-on.ts'

await conformanceOn('redisAdapter')
