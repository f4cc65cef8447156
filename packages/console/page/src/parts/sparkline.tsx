const WIDTH = 96
const HEIGHT = 24

/** The shape of the last minutes; the figures stand beside it, so a screen reader passes it over. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  if (values.length < 2)
    return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true" />
  const points = bundled(values, WIDTH / 2)
  const most = Math.max(...points, 1e-9)
  const step = WIDTH / (points.length - 1)
  const path = points.map(
    (value, i) => `${(i * step).toFixed(1)} ${(HEIGHT - 1.5 - (value / most) * (HEIGHT - 4)).toFixed(1)}`,
  )
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="spark-area" d={`M0 ${HEIGHT} L${path.join(' L')} L${WIDTH} ${HEIGHT} Z`} />
      <path class="spark-line" d={`M${path.join(' L')}`} />
    </svg>
  )
}

/** At most this many points, each the mean of its neighbours. */
function bundled(values: readonly number[], most: number): number[] {
  const size = Math.ceil(values.length / most)
  const points: number[] = []
  for (let from = 0; from < values.length; from += size) {
    const part = values.slice(from, from + size)
    points.push(part.reduce((sum, value) => sum + value, 0) / part.length)
  }
  return points
}
