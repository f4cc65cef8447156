import type { onFlows as Words } from './en-flows.ts'

/** 简体中文：在其他任务之后运行的任务 */
export const onFlows: typeof Words = {
  title: '流程',
  before: '在这些任务之后运行',
  after: '在它之后运行',
  beside: '此流程的其他任务',
  below: (n) => `其后还有 ${n} 个`,
  others: (n) => `还要等另外 ${n} 个`,
  waitsFor: (tasks, more) => `等待 ${tasks}${more === '0' ? '' : `，以及另外 ${more} 个`}`,
  rows: (n, left) => `再显示 ${n} 个（还有 ${left} 个）`,
  more: (n) => `以上是最近的 ${n} 个，显示更多`,
  tooMany: (n) => `此流程的任务超过 ${n} 个，这里只显示最近的。`,
  cancel: '取消整棵树…',
  cancelGo: '全部取消',
  counting: '正在统计它之后的任务…',
  uncounted: '此任务以及直接或间接在它之后运行的所有任务都将被取消，目前不知道有多少个。',
  cancelText: (n) => `此任务，以及直接或间接在它之后运行的 ${n} 个任务，都将被取消。已结束的任务保持不变。`,
  cancelMore: (n) => `此任务，以及直接或间接在它之后运行的所有任务（超过 ${n} 个），都将被取消。`,
  cancelled: (n) => `已取消 ${n} 个任务。`,
  tooLate: (n) => `${n} 个任务此前已结束，保持不变。`,
}
