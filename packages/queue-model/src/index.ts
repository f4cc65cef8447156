export { testQueueModel } from './test-queue-model.ts'
export type { RealQueue } from './world.ts'
export { testFlowModel } from './test-flow-model.ts'
export { testOrderModel } from './test-order-model.ts'
