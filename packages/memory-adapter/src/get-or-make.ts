export function getOrMake<K, T>(map: Map<K, T>, name: K, make: () => T): T {
  const known = map.get(name)
  if (known !== undefined) return known
  const made = make()
  map.set(name, made)
  return made
}
