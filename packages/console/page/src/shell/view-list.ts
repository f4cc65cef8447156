/** The views, in their order in the header. */
export const VIEWS = [
  { key: 'n', name: 'now', parts: [] },
  { key: 'c', name: 'channels', parts: ['channels'] },
  { key: 'd', name: 'schedules', parts: ['schedules'] },
  { key: 'w', name: 'workers', parts: ['workers'] },
  { key: 's', name: 'storage', parts: ['storage'] },
  { key: 'a', name: 'changes', parts: ['changes'] },
] as const
