/** The views, in the order of their shortcuts. Those of later things find their place here. */
export const VIEWS = [
  { key: 'n', name: 'now', parts: [] },
  { key: 'c', name: 'channels', parts: ['channels'] },
  { key: 'w', name: 'workers', parts: ['workers'] },
  { key: 's', name: 'storage', parts: ['storage'] },
  { key: 'a', name: 'changes', parts: ['changes'] },
] as const
