const PATHS = {
  copy: 'M5.5 5.5v-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2m-7-5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1Z',
  check: 'm3 8.6 3.4 3.4L13 4.6',
  close: 'm4 4 8 8m0-8-8 8',
  search: 'm10.5 10.5 3 3M12 7A5 5 0 1 1 2 7a5 5 0 0 1 10 0Z',
  refresh: 'M13 4v3.2H9.8M13 7A5.3 5.3 0 1 0 13.2 9.4',
  right: 'm6 3.5 4.5 4.5L6 12.5',
  up: 'm4 10 4-4 4 4',
  down: 'm4 6 4 4 4-4',
} as const

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
